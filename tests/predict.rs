//! What `experiment predict` says of images.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use runboard::data::{self, DataHome, Dataset};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde_json::Value;
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

const RUN: &str = "숫자/softmax";

fn experiment(logdir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_experiment"));
    command.args(arguments).arg("--logdir").arg(logdir).stdin(Stdio::null());
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a command prints that succeeds and has nothing to say.
fn printed(output: &Output) -> String {
    let stderr = text(&output.stderr);
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""));
    text(&output.stdout)
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).unwrap()
}

/// A log directory with a run on the built-in digits.
fn trained(arguments: &[&str]) -> TempDir {
    let logdir = tempfile::tempdir().unwrap();
    let run = ["run", "mnist_softmax", "--set", "data=mnist_sample", "--quiet"];
    printed(&experiment(logdir.path(), &[&run[..], &["--run", RUN], arguments].concat()));
    logdir
}

fn digits() -> Dataset {
    data::load("mnist_sample", &DataHome::at("")).unwrap()
}

/// Writes a gray picture.
fn write_png(dir: &Path, name: &str, (width, height): (usize, usize), pixels: &[u8]) -> PathBuf {
    let path = dir.join(name);
    let mut encoder = png::Encoder::new(File::create(&path).unwrap(), width as u32, height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    path
}

fn assert_fails(output: &Output, code: i32, message: &str, hint: &str) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(&format!("error: {message}")), "{stderr}");
    assert!(stderr.contains(&format!("hint: {hint}")), "{stderr}");
    assert!(output.stdout.is_empty());
}

#[test]
fn every_test_image_is_answered_as_the_best_epoch_answered_it() {
    let logdir = trained(&["--epochs", "5", "--set", "optimizer=adam"]);
    let digits = digits();
    let record = fs::read_to_string(logdir.path().join(RUN).join("run.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    let want = record["metrics"]["best/test/accuracy"].as_f64().unwrap();
    let mut right = 0;
    for (index, &label) in digits.test.labels().iter().enumerate() {
        let index = index.to_string();
        let answer =
            json(&experiment(logdir.path(), &["predict", RUN, "--index", &index, "--json"]));
        assert_eq!(answer["true_label"], label);
        right += usize::from(answer["label"] == label);
        let probabilities = answer["probabilities"].as_array().unwrap();
        let probabilities: Vec<f64> =
            probabilities.iter().map(|probability| probability.as_f64().unwrap()).collect();
        assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-5, "{probabilities:?}");
        assert_eq!(probabilities.len(), 10);
    }
    assert_eq!(right as f64 / digits.test.len() as f64, want);
}

#[test]
fn a_picture_is_answered_as_the_same_image_of_the_test_set() {
    let logdir = trained(&["--epochs", "2"]);
    let dir = tempfile::tempdir().unwrap();
    let image = digits().test.image(3).to_vec();
    let ask = |arguments: &[&str]| {
        let output = experiment(logdir.path(), &[&["predict", RUN, "--json"], arguments].concat());
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        (answer["probabilities"].clone(), answer["inverted"] == true, text(&output.stderr))
    };
    let (of_index, ..) = ask(&["--index", "3"]);
    let path = |path: PathBuf| path.to_str().unwrap().to_owned();

    let same = path(write_png(dir.path(), "같은.png", (28, 28), &image));
    assert_eq!(ask(&[&same]), (of_index.clone(), false, String::new()));

    let paper: Vec<u8> = image.iter().map(|pixel| 255 - pixel).collect();
    let paper = path(write_png(dir.path(), "paper.png", (28, 28), &paper));
    let said = format!("`{paper}` is dark on light: inverted\n");
    assert_eq!(ask(&[&paper]), (of_index.clone(), true, said));

    // Each pixel as 3 by 3.
    let large: Vec<u8> = (0..84 * 84).map(|i| image[i / 84 / 3 * 28 + i % 84 / 3]).collect();
    let large = path(write_png(dir.path(), "large.png", (84, 84), &large));
    assert_eq!(ask(&[&large]).0, of_index);

    let (inverted, is_inverted, said) = ask(&[&same, "--invert"]);
    assert!(is_inverted && inverted != of_index && said.is_empty());
    assert_eq!(ask(&["--index", "3", "--invert"]).0, inverted);
}

#[test]
fn the_answer_is_a_picture_a_verdict_and_a_bar_for_each_digit_in_80_columns() {
    let logdir = trained(&["--epochs", "1"]);
    let said = printed(&experiment(logdir.path(), &["predict", RUN, "--index", "0"]));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.iter().all(|line| line.width() <= 80), "{said}");
    assert_eq!(lines.len(), 14 + 2 + 10, "{said}");
    // The first test image is a 7: nothing at its upper and lower edge, something between.
    assert!(lines[0].is_empty() && lines[5].contains('█'), "{said}");
    let verdict = lines[14];
    let label: usize = verdict["label ".len()..].split(',').next().unwrap().parse().unwrap();
    let end = if label == 7 { ": right" } else { ": wrong, it is 7" };
    assert!(verdict.ends_with(end), "{said}");
    let probability = |line: &str| -> f64 { line[2..8].parse().unwrap() };
    let largest = lines[16..].iter().copied().map(probability).fold(0.0, f64::max);
    assert_eq!(probability(lines[16 + label]), largest, "{said}");
    // 80 columns less `0 0.0000 `, in full blocks.
    let blocks = lines[16 + label].matches('█').count();
    assert!(blocks.abs_diff((largest * 71.0) as usize) <= 1, "{said}");
}

#[test]
fn of_an_ensemble_all_models_answer_together() {
    let logdir = trained(&["--epochs", "2", "--models", "2"]);
    let ask =
        |run: &str| json(&experiment(logdir.path(), &["predict", run, "--index", "5", "--json"]));
    let both = ask(RUN);
    assert_eq!(both["epochs"].as_array().unwrap().len(), 2);
    let member = format!("{RUN}/model-2");
    let of_member = experiment(logdir.path(), &["predict", &member, "--index", "5"]);
    let message = format!("run `{member}` is one of the 2 models of run `{RUN}`");
    assert_fails(&of_member, 1, &message, &format!("name all of them, by `{RUN}`"));
    // Each alone, as a run of its own: the sum of the logits is the product of probabilities.
    let record = fs::read_to_string(logdir.path().join(RUN).join("run.json")).unwrap();
    let mut product = vec![1.0; 10];
    for (name, seed) in [("model-1", 17), ("model-2", 18)] {
        let mut record: Value = serde_json::from_str(&record).unwrap();
        record["models"] = 1.into();
        record["seed"] = seed.into();
        let run = logdir.path().join(RUN).join(name);
        fs::write(run.join("run.json"), record.to_string()).unwrap();
        let alone = ask(&format!("{RUN}/{name}"));
        for (product, probability) in
            product.iter_mut().zip(alone["probabilities"].as_array().unwrap())
        {
            *product *= probability.as_f64().unwrap();
        }
    }
    let sum: f64 = product.iter().sum();
    for (probability, product) in both["probabilities"].as_array().unwrap().iter().zip(product) {
        let (got, want) = (probability.as_f64().unwrap(), product / sum);
        assert!((got - want).abs() < 1e-5, "{got} {want}");
    }
}

#[test]
fn what_cannot_be_answered_is_said_with_a_hint() {
    let logdir = trained(&["--epochs", "1"]);
    let dir = tempfile::tempdir().unwrap();
    let of = |run: &str, arguments: &[&str]| {
        experiment(logdir.path(), &[&["predict", run], arguments].concat())
    };
    assert_fails(&of("없음", &["--index", "0"]), 1, "no run `없음` in ", "see `experiment ls");
    assert_fails(&of("../x", &["--index", "0"]), 2, "run name `../x`", "see `experiment ls");
    let out = of(RUN, &["--index", "100"]);
    assert_fails(&out, 2, "no test image 100 in `mnist_sample`", "there are 100: 0 to 99");
    let huge = u64::MAX.to_string();
    assert_fails(&of(RUN, &["--index", &huge]), 2, "no test image 18446744073709551615", "there");
    assert_eq!(of(RUN, &[]).status.code(), Some(2), "neither an image nor an index");
    assert_eq!(of(RUN, &["a.png", "--index", "1"]).status.code(), Some(2), "both");

    let of_file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        fs::write(&path, bytes).unwrap();
        of(RUN, &[path.to_str().unwrap()])
    };
    let missing = dir.path().join("missing.png");
    let missing = of(RUN, &[missing.to_str().unwrap()]);
    assert_fails(&missing, 1, "cannot read `", "IMAGE is a file");
    assert_fails(&of(RUN, &[dir.path().to_str().unwrap()]), 1, "cannot read `", "IMAGE is a file");
    assert_fails(&of_file("글.png", "글".as_bytes()), 1, "`", "other kinds of pictures");
    let whole = fs::read(write_png(dir.path(), "whole.png", (8, 8), &[7; 64])).unwrap();
    let cut = of_file("cut.png", &whole[..whole.len() - 20]);
    assert_fails(&cut, 1, "`", "save or copy it again");
    assert!(text(&cut.stderr).contains("is damaged: it is cut off"), "{}", text(&cut.stderr));

    let xor = ["run", "xor_nn", "--run", "xor", "--steps", "1", "--quiet"];
    printed(&experiment(logdir.path(), &xor));
    let message = "run `xor` is one of `xor_nn`, which is no classifier";
    assert_fails(&of("xor", &["--index", "0"]), 1, message, "`predict` is for those");

    let run_dir = logdir.path().join(RUN);
    let best = run_dir.join("checkpoints").join("best.safetensors");
    let whole = fs::read(&best).unwrap();
    let header = |bytes: &[u8]| {
        let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
        header.metadata().as_ref().unwrap()["runboard"].clone()
    };
    let changed = |from: &str, to: &str, weight: f32| {
        let about = header(&whole).replace(from, to);
        let tensors = SafeTensors::deserialize(&whole).unwrap().tensors();
        let data = tensors.iter().map(|(_, tensor)| match tensor.shape() {
            [784, 10] => weight.to_le_bytes().repeat(7840),
            _ => tensor.data().to_vec(),
        });
        let data: Vec<Vec<u8>> = data.collect();
        let views = tensors.iter().zip(&data).map(|((name, tensor), data)| {
            (name.as_str(), TensorView::new(Dtype::F32, tensor.shape().to_vec(), data).unwrap())
        });
        let about = [("runboard".to_owned(), about)].into_iter().collect();
        fs::write(&best, serialize(views, Some(about)).unwrap()).unwrap();
        of(RUN, &["--index", "0"])
    };
    let newer = changed("\"format\":1", "\"format\":99", 0.5);
    assert_fails(&newer, 1, "checkpoint `", "it was written by another version");
    let said = text(&newer.stderr);
    assert!(said.contains("is of another version of the format: got 99, want 1"), "{said}");
    let other = changed("mnist_softmax", "mnist_nn_deep", 0.5);
    assert_fails(&other, 1, "checkpoint `", "checkpoints belong to one experiment");
    for weight in [f32::NAN, f32::INFINITY] {
        let none = changed("", "", weight);
        assert_fails(
            &none,
            1,
            &format!("run `{RUN}`: `Output/weight`: the variable has "),
            "its training has",
        );
    }

    fs::write(&best, b"{}").unwrap();
    assert_fails(&of(RUN, &["--index", "0"]), 1, "checkpoint `", "remove it");
    fs::remove_file(&best).unwrap();
    printed(&of(RUN, &["--index", "0"])); // the last epoch answers
    fs::remove_dir_all(run_dir.join("checkpoints")).unwrap();
    assert_fails(
        &of(RUN, &["--index", "0"]),
        1,
        "no checkpoint in `",
        "it has not come to the end",
    );
    fs::write(run_dir.join("run.json"), "{}").unwrap();
    assert_fails(&of(RUN, &["--index", "0"]), 1, "cannot read `", "`experiment run` writes it");
}
