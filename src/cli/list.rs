//! `experiment list`: the experiments and what they must show.

use serde_json::json;

use crate::trainer::{About, Claim, Experiment, hyper_json};

pub(super) fn list(experiments: &[&dyn Experiment], as_json: bool) -> String {
    if as_json {
        let all: Vec<_> = experiments.iter().map(|experiment| to_json(*experiment)).collect();
        return format!("{}\n", json!({ "experiments": all }));
    }
    experiments.iter().map(|experiment| paragraph(*experiment)).collect()
}

fn paragraph(experiment: &dyn Experiment) -> String {
    let about = experiment.about();
    let Claim { text, seeds, .. } = about.claim;
    let hyper = experiment.hyper_parameters();
    let hyper: Vec<String> = hyper.iter().map(|p| format!("{}={}", p.name, p.value)).collect();
    let held = match seeds.of {
        0 => "not measured yet".to_owned(),
        of => format!("held for {} of {of} seeds", seeds.held),
    };
    let About { name, lecture, summary, .. } = about;
    format!(
        "{name} ({lecture}): {summary}\n    claim: {text}; {held}\n    --set {}\n",
        hyper.join(" "),
    )
}

fn to_json(experiment: &dyn Experiment) -> serde_json::Value {
    let about = experiment.about();
    json!({
        "name": about.name,
        "lecture": about.lecture,
        "summary": about.summary,
        "steps": about.schedule.steps,
        "summary_every": about.schedule.every,
        "models": experiment.models(),
        "hyper_parameters": hyper_json(&experiment.hyper_parameters()),
        "claim": {
            "text": about.claim.text,
            "seeds_held": about.claim.seeds.held,
            "seeds": about.claim.seeds.of,
        },
    })
}
