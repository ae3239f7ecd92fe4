//! `experiment compare --group-by` over runs of other programs and of ours.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use runboard::summary::{HParam, SummaryWriter};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

fn compare(logdir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    command.arg("compare").args(arguments).arg("--logdir").arg(logdir).stdin(Stdio::null());
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
}

/// A run as any writer of hyper-parameters leaves it: two points, of which the first is the better.
fn log(logdir: &Path, run: &str, hparams: &[(&str, HParam)], accuracy: [f32; 2]) {
    let writer = SummaryWriter::create(logdir.join(run)).unwrap();
    if !hparams.is_empty() {
        writer.add_hparams(hparams, &[]).unwrap();
    }
    writer.add_scalar("accuracy", accuracy[0], 0).unwrap();
    writer.add_scalar("accuracy", accuracy[1], 10).unwrap();
    writer.close().unwrap();
}

fn word(text: &str) -> HParam {
    HParam::Text(text.to_owned())
}

/// Three runs of rate 0.5, one of 0.25, and one that says nothing of itself.
fn five(logdir: &Path) {
    for (run, last) in [("a", 0.25), ("b", 0.5), ("c", 0.75)] {
        log(logdir, run, &[("rate", HParam::Number(0.5)), ("층", word("넓은"))], [1.0, last]);
    }
    log(logdir, "d", &[("rate", HParam::Number(0.25)), ("층", word("깊은"))], [0.875, 0.625]);
    log(logdir, "e", &[], [1.0, 1.0]);
}

#[test]
fn a_group_has_mean_and_sample_deviation_of_last_and_best_values() {
    let dir = tempfile::tempdir().unwrap();
    five(dir.path());
    let output = compare(dir.path(), &["--group-by", "rate", "--json"]);
    assert!(text(&output.stderr).contains("warning: 1 runs without `rate` are left out"));
    // 0.25, 0.5 and 0.75: the squares sum up to 2 / 16, divided by n - 1 = 2 that is 1 / 16.
    let best = json!({
        "hyper_parameters": {"rate": "0.25"}, "tag": "accuracy", "n": 1, "mean": 0.625, "std": null,
        "best_mean": 0.875, "best_std": null, "better": "high", "runs": ["d"],
    });
    let second = json!({
        "hyper_parameters": {"rate": "0.5"}, "tag": "accuracy", "n": 3, "mean": 0.5, "std": 0.25,
        "best_mean": 1.0, "best_std": 0.0, "better": "high", "runs": ["a", "b", "c"],
    });
    assert_eq!(answer(&output), json!({"group_by": ["rate"], "groups": [best, second]}));
    let printed = text(&compare(dir.path(), &["--group-by", "rate"]).stdout);
    let lines: Vec<Vec<&str>> =
        printed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["rate", "tag", "n", "last", "best"]);
    assert_eq!(lines[2], ["0.25", "accuracy", "1", "0.6250", "0.8750"]);
    assert_eq!(lines[3], ["0.5", "accuracy", "3", "0.50", "±", "0.25", "1.000", "±", "0.000"]);
}

#[test]
fn two_hyper_parameters_and_a_tag_make_a_table_aligned_by_width() {
    let dir = tempfile::tempdir().unwrap();
    five(dir.path());
    let arguments = ["--group-by", "층,rate", "--tag", "accuracy"];
    let printed = text(&compare(dir.path(), &arguments).stdout);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[0], "accuracy: last values, mean ± standard deviation, (n)");
    assert_eq!(lines[1], "rows: 층, columns: rate");
    let words: Vec<Vec<&str>> = lines.iter().map(|l| l.split_whitespace().collect()).collect();
    assert_eq!(words[3], ["층", "0.25", "0.5"]);
    assert_eq!(words[5], ["깊은", "0.6250", "(1)", "-"]);
    assert_eq!(words[6], ["넓은", "-", "0.50", "±", "0.25", "(3)"]);
    let column = |line: &str, word: &str| line[..line.find(word).unwrap()].width();
    assert_eq!(column(lines[3], "0.25"), column(lines[5], "0.6250"));
    assert_eq!(column(lines[3], "0.5"), column(lines[6], "0.50"));
}

#[test]
fn runs_below_a_run_have_its_hyper_parameters_and_tags_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    log(dir.path(), "one", &[("rate", HParam::Number(0.5))], [0.0, 0.5]);
    log(dir.path(), "one/test", &[], [0.0, 0.25]);
    log(dir.path(), "two", &[("rate", HParam::Number(0.5))], [0.0, 1.0]);
    log(dir.path(), "two/test", &[], [0.0, 0.75]);
    let groups = answer(&compare(dir.path(), &["--group-by", "rate", "--json"]))["groups"].clone();
    let seen: Vec<_> = groups.as_array().unwrap().iter().map(|g| (&g["tag"], &g["mean"])).collect();
    assert_eq!(
        seen,
        [(&json!("accuracy"), &json!(0.75)), (&json!("test: accuracy"), &json!(0.5)),]
    );
}

#[test]
fn our_runs_are_grouped_by_what_their_record_says() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().to_str().unwrap();
    let sweep =
        ["sweep", "xor_nn", "--grid", "learning_rate=0.1,1", "--seeds", "3", "--steps", "20"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    assert!(command.args(sweep).args(["--logdir", logdir]).output().unwrap().status.success());
    let answered = answer(&compare(dir.path(), &["--group-by", "learning_rate", "--json"]));
    let costs = answered["groups"].as_array().unwrap().iter().filter(|g| g["tag"] == "cost");
    let mut found = 0;
    for group in costs {
        let costs = group["runs"].as_array().unwrap().iter().map(|run| {
            let path = dir.path().join(run.as_str().unwrap()).join("run.json");
            let record: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
            assert_eq!(
                record["hyper_parameters"]["learning_rate"].to_string().trim_end_matches(".0"),
                group["hyper_parameters"]["learning_rate"].as_str().unwrap()
            );
            record["metrics"]["cost"].as_f64().unwrap()
        });
        let costs: Vec<f64> = costs.collect();
        let [a, b, c] = costs[..] else { panic!("{group}") };
        let mean = (a + b + c) / 3.0;
        assert!((group["mean"].as_f64().unwrap() - mean).abs() < 1e-12, "{group}");
        // Of three: the squares of the differences, summed up and divided by 2 · 3.
        let std = (((a - b).powi(2) + (b - c).powi(2) + (a - c).powi(2)) / 6.0).sqrt();
        assert!((group["std"].as_f64().unwrap() - std).abs() < 1e-12, "{group}");
        found += 1;
    }
    assert_eq!(found, 2);
    let by_seed = answer(&compare(dir.path(), &["--group-by", "seed", "--tag", "cost", "--json"]));
    let seeds = by_seed["groups"].as_array().unwrap().iter();
    assert!(seeds.clone().all(|group| group["n"] == 2) && seeds.count() == 3);
}

#[test]
fn an_unknown_hyper_parameter_says_which_there_are() {
    let dir = tempfile::tempdir().unwrap();
    five(dir.path());
    let output = compare(dir.path(), &["--group-by", "rat"]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = text(&output.stderr);
    assert!(stderr.contains("error: no run has a hyper-parameter `rat`"), "{stderr}");
    assert!(stderr.contains("hint: did you mean `rate`? they have: rate, 층"), "{stderr}");
}
