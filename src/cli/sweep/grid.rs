//! The trials of a sweep: every combination of some hyper-parameters' values, for every seed.

use std::collections::BTreeMap;

use super::arguments::GridArguments;
use super::plan::{MAX_TRIALS, Trial};
use super::run_name::{encoded, run_name};
use crate::cli::DEFAULT_SEED;
use crate::cli::failure::Failure;
use crate::cli::select::select;
use crate::trainer::{Experiment, Value};

/// Lecture 10-2's grid, of which the names known are taken.
const LECTURE_INITS: [&str; 6] = ["zeros", "normal", "xavier", "he", "lsuv", "orthonormal"];
const LECTURE_ACTIVATIONS: [&str; 7] =
    ["maxout", "relu", "leaky_relu", "very_leaky_relu", "elu", "tanh", "sigmoid"];

/// A hyper-parameter and the values it is to take.
type Axis = (String, Vec<String>);

/// Returns all trials asked for, and what the sweep is called unless told otherwise.
///
/// Seeds change fastest, then the last axis. The graph of every combination is built once, so that
/// none is planned that cannot be.
pub(super) fn trials(
    experiments: &[&dyn Experiment],
    name: &str,
    arguments: &GridArguments,
) -> Result<(Vec<Trial>, String), Failure> {
    let changes = arguments.changes()?;
    let lecture = select(experiments, name, &changes)?; // an unknown name is told first
    let seeds = seeds(arguments)?;
    let mut axes = arguments.grid.iter().map(|text| axis(text)).collect::<Result<Vec<_>, _>>()?;
    if axes.is_empty() {
        let is_word = |key: &str| {
            lecture.hyper.iter().any(|p| p.name == key && matches!(p.value, Value::Text(_)))
        };
        if is_word("init") && is_word("activation") {
            axes = lecture_grid();
        } else if arguments.seeds.is_none() && arguments.seed_list.is_empty() {
            return Err(Failure::usage(format!("nothing to sweep `{name}` over"))
                .hint("give `--grid KEY=VALUE,VALUE`, or `--seeds N`"));
        }
    }
    check_keys(&axes, &changes)?;
    let count = axes.iter().try_fold(seeds.len(), |n, (_, values)| n.checked_mul(values.len()));
    if count.is_none_or(|count| count > MAX_TRIALS) {
        return Err(Failure::usage(format!("more than {MAX_TRIALS} trials")));
    }

    let constant = pairs(&changes)?;
    let mut same: BTreeMap<String, String> = BTreeMap::new();
    let mut trials = Vec::new();
    for changed in combinations(&axes) {
        let set = constant.iter().chain(&changed).cloned().collect::<BTreeMap<_, _>>();
        let given: Vec<String> = set.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let recording = select(experiments, name, &given)?;
        let values: Vec<String> = recording.hyper.iter().map(|p| p.value.to_string()).collect();
        let named: Vec<String> =
            changed.iter().map(|(key, value)| format!("{key}={value}")).collect();
        if let Some(first) = same.insert(values.join("\n"), named.join(" ")) {
            let message = format!("`{}` is the same trial as `{first}`", named.join(" "));
            return Err(Failure::usage(message).hint("give every value once"));
        }
        trials.extend(seeds.iter().map(|&seed| Trial {
            experiment: name.to_owned(),
            set: set.clone(),
            seed,
            steps: arguments.steps,
            run: run_name(&changed, seed),
        }));
    }
    let keys: Vec<String> = axes.iter().map(|(key, _)| encoded(key)).collect();
    let by = if keys.is_empty() { "seed".to_owned() } else { keys.join("-") };
    Ok((trials, format!("{name}-by-{by}")))
}

/// `key=a,b,c`; values are told apart by semicolons where they have commas in them: `key=8,8;16`.
fn axis(text: &str) -> Result<Axis, Failure> {
    let wrong = |problem: &str| {
        Failure::usage(format!("`--grid {text}`: {problem}"))
            .hint("as in `--grid init=xavier,he`, or `--grid 'sizes=8,8;16,16'`")
    };
    let Some((key, values)) = text.split_once('=') else {
        return Err(wrong("want KEY=VALUE,VALUE"));
    };
    let separator = if values.contains(';') { ';' } else { ',' };
    let values: Vec<String> =
        values.split(separator).map(|value| value.trim().to_owned()).collect();
    if values.iter().any(String::is_empty) {
        let problem = if values.len() == 1 { "no values" } else { "an empty value" };
        return Err(wrong(problem));
    }
    for (i, value) in values.iter().enumerate() {
        if values[..i].contains(value) {
            return Err(wrong(&format!("`{value}` is there twice")));
        }
    }
    Ok((key.trim().to_owned(), values))
}

fn lecture_grid() -> Vec<Axis> {
    let axis = |key: &str, values: &[&str]| {
        (key.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())
    };
    vec![axis("init", &LECTURE_INITS), axis("activation", &LECTURE_ACTIVATIONS)]
}

/// Each key may be on one axis, and not be set beside it.
fn check_keys(axes: &[Axis], set: &[String]) -> Result<(), Failure> {
    for (i, (key, _)) in axes.iter().enumerate() {
        if axes[..i].iter().any(|(other, _)| other == key) {
            return Err(Failure::usage(format!("`--grid {key}` is given twice"))
                .hint("give all its values at once: `--grid KEY=VALUE,VALUE`"));
        }
        if set.iter().any(|pair| pair.split('=').next().is_some_and(|set| set.trim() == key)) {
            return Err(Failure::usage(format!("`{key}` is both in `--grid` and in `--set`"))
                .hint("the grid alone may give its values"));
        }
    }
    Ok(())
}

fn seeds(arguments: &GridArguments) -> Result<Vec<u64>, Failure> {
    if let Some(count) = arguments.seeds {
        let fits = usize::try_from(count).is_ok_and(|count| count <= MAX_TRIALS);
        return match fits {
            true => Ok((0..count).collect()),
            false => Err(Failure::usage(format!("more than {MAX_TRIALS} trials"))),
        };
    }
    let list = &arguments.seed_list;
    if let Some((_, twice)) = list.iter().enumerate().find(|&(i, seed)| list[..i].contains(seed)) {
        return Err(Failure::usage(format!("`--seed-list`: {twice} is there twice")));
    }
    Ok(if list.is_empty() { vec![DEFAULT_SEED] } else { list.clone() })
}

/// The `KEY=VALUE`s of `--set`, which `select` has read already.
fn pairs(set: &[String]) -> Result<Vec<(String, String)>, Failure> {
    let pair = |text: &String| {
        let (key, value) = text.split_once('=')?;
        Some((key.trim().to_owned(), value.trim().to_owned()))
    };
    set.iter()
        .map(|text| pair(text).ok_or_else(|| Failure::usage(format!("`--set {text}`"))))
        .collect()
}

/// Every combination of the axes' values, the last axis changing fastest.
fn combinations(axes: &[Axis]) -> Vec<Vec<(String, String)>> {
    let mut all = vec![Vec::new()];
    for (key, values) in axes {
        let longer = |start: &Vec<(String, String)>| {
            let end = |value: &String| [&start[..], &[(key.clone(), value.clone())]].concat();
            values.iter().map(end).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiments::ALL;

    fn plan(grid: &[&str], seeds: &[u64]) -> Result<Vec<Trial>, String> {
        let arguments = GridArguments {
            grid: grid.iter().map(|text| (*text).to_owned()).collect(),
            seed_list: seeds.to_vec(),
            set: vec!["optimizer=adam".to_owned()],
            ..GridArguments::default()
        };
        trials(ALL, "xor_nn", &arguments)
            .map(|(trials, _)| trials)
            .map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_product_has_a_fixed_order() {
        let trials = plan(&["init=he,xavier", "activation=relu,tanh"], &[0, 1]).unwrap();
        let runs: Vec<&str> = trials.iter().map(|trial| trial.run.as_str()).collect();
        assert_eq!(
            runs[..3],
            [
                "init=he,activation=relu,seed=0",
                "init=he,activation=relu,seed=1",
                "init=he,activation=tanh,seed=0",
            ]
        );
        assert_eq!((runs.len(), runs[7]), (8, "init=xavier,activation=tanh,seed=1"));
        let set: Vec<_> = trials[7].set.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(set, [("activation", "tanh"), ("init", "xavier"), ("optimizer", "adam")]);
    }

    #[test]
    fn without_a_grid_it_is_the_lectures() {
        let trials = plan(&[], &[]).unwrap();
        assert_eq!(trials.len(), 6 * 7);
        assert!(trials[0].run.starts_with("init=zeros,activation="), "{}", trials[0].run);
        let nothing = trials_of_chain(&[]).unwrap_err();
        assert!(nothing.contains("nothing to sweep `backprop_chain` over"), "{nothing}");
        assert_eq!(trials_of_chain(&[4]).unwrap()[0].run, "seed=4");
    }

    fn trials_of_chain(seeds: &[u64]) -> Result<Vec<Trial>, String> {
        let arguments = GridArguments { seed_list: seeds.to_vec(), ..GridArguments::default() };
        let planned = trials(ALL, "backprop_chain", &arguments);
        let (trials, name) = planned.map_err(|failure| failure.to_string())?;
        assert_eq!(name, "backprop_chain-by-seed");
        Ok(trials)
    }

    #[test]
    fn mistakes_are_told_before_anything_runs() {
        for (grid, want) in [
            (&["ini=he"][..], "unknown hyper-parameter `ini`"),
            (&["init=he,orthogonal"], "got `orthogonal`, want one of zeros, normal"),
            (&["learning_rate=fast"], "got `fast`, want a number"),
            (&["init"], "`--grid init`: want KEY=VALUE,VALUE"),
            (&["init="], "`--grid init=`: no values"),
            (&["init=he,,xavier"], "an empty value"),
            (&["init=he,xavier,he"], "`he` is there twice"),
            (&["init=he", "init=xavier"], "`--grid init` is given twice"),
            (&["optimizer=sgd"], "`optimizer` is both in `--grid` and in `--set`"),
            (&["learning_rate=0.1,1e-1"], "`learning_rate=1e-1` is the same trial as"),
        ] {
            let error = plan(grid, &[0]).unwrap_err();
            assert!(error.contains(want), "{grid:?}: {error}");
        }
        assert!(plan(&["init=he"], &[1, 1]).unwrap_err().contains("1 is there twice"));
        let axis = format!(
            "learning_rate={}",
            (1..400).map(|i| format!("0.{i}")).collect::<Vec<_>>().join(",")
        );
        let seeds: Vec<u64> = (0..1000).collect();
        assert!(plan(&[&axis], &seeds).unwrap_err().contains("more than 100000 trials"));
    }

    #[test]
    fn values_with_commas_are_told_apart_by_semicolons() {
        let (key, values) = axis("sizes= 8,8 ; 16").unwrap();
        assert_eq!((key.as_str(), values), ("sizes", vec!["8,8".to_owned(), "16".to_owned()]));
    }
}
