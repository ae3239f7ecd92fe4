//! The same file under other settings.

use runboard::summary::{Description, HParam, SummaryWriter, WriteError};

use crate::{events, number, tags, values};

/// Scopes, descriptions and rates must be the same for every kind, so several log each time.
fn log_kinds(writer: &SummaryWriter, step: i64) -> Result<(), WriteError> {
    writer.add_scalar("cost", 0.5, step)?;
    writer.add_histogram("weights", &[1.0, 2.0], step)?;
    writer.add_text("note", "*text*", step)
}

#[test]
fn a_scope_goes_before_the_tags_of_every_kind_and_scopes_nest() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let inner = writer.scope("훈련").scope("/layer1/");
    log_kinds(&inner, 1).unwrap();
    inner.scalar("series").add(1.0, 1).unwrap();
    let mut batch = inner.step(1);
    batch.scalar("batch", 1.0);
    batch.histogram("batch_weights", &[1.0]);
    batch.add().unwrap();
    inner.add_hparams(&[("rate", HParam::Number(0.1))], &["훈련/layer1/cost"]).unwrap();
    let path = writer.path().to_owned();
    writer.close().unwrap();
    let logged: Vec<_> = tags(&path).into_iter().map(|(tag, _)| tag).collect();
    let mut want: Vec<_> = ["cost", "weights", "note", "series", "batch", "batch_weights"]
        .iter()
        .map(|tag| format!("훈련/layer1/{tag}"))
        .collect();
    // These are the run's, and TensorBoard looks for them by name.
    want.extend(["_hparams_/experiment", "_hparams_/session_start_info"].map(String::from));
    assert_eq!(logged, want);
    assert_eq!(number(&values(&path)[0].2), 0.5);
}

#[test]
fn a_given_wall_time_is_that_of_the_event_and_nan_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    log_kinds(&writer.at(1_234_567_890.25).unwrap(), 7).unwrap();
    writer.add_scalar("now", 1.0, 7).unwrap();
    for seconds in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = writer.at(seconds).unwrap_err().to_string();
        assert!(error.ends_with("want a finite number of seconds since 1970"), "{error}");
    }
    let path = writer.path().to_owned();
    writer.close().unwrap();
    let times: Vec<_> = values(&path).into_iter().map(|(_, time, _)| time).collect();
    assert_eq!(times[..3], [1_234_567_890.25; 3]);
    assert!(times[3] > 1.7e9);
}

#[test]
fn a_description_comes_with_the_first_value_of_its_tag_only() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let describe = |tag: &str| {
        let (display_name, markdown) = (format!("The {tag}"), "in *nats*".to_owned());
        writer.describe(tag, Description { display_name, markdown });
    };
    ["cost", "weights", "note", "batch", "series"].iter().for_each(|tag| describe(tag));
    let mut series = writer.scalar("series");
    for step in 0..2 {
        log_kinds(&writer, step).unwrap();
        writer.add_scalar("other", 1.0, step).unwrap();
        let mut batch = writer.step(step);
        batch.scalar("batch", 2.0);
        batch.add().unwrap();
        series.add(3.0, step).unwrap();
    }
    let path = writer.path().to_owned();
    writer.close().unwrap();
    for (step, _, value) in values(&path) {
        let metadata = value.metadata.unwrap();
        let described = step == 0 && value.tag != "other";
        let want = if described { format!("The {}", value.tag) } else { String::new() };
        assert_eq!(metadata.display_name, want, "{} at {step}", value.tag);
        assert_eq!(metadata.summary_description, if described { "in *nats*" } else { "" });
        // The rest of the metadata is as without a description.
        assert!(!metadata.plugin_data.unwrap().plugin_name.is_empty());
        assert_ne!(metadata.data_class, 0);
    }
}

#[test]
fn every_logs_only_multiples_of_a_number_of_steps() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let sometimes = writer.every(10);
    let mut series = sometimes.scalar("series");
    for step in -10..=25 {
        log_kinds(&sometimes, step).unwrap();
        series.add(1.0, step).unwrap();
        assert_eq!(sometimes.wants("cost", step), step % 10 == 0);
    }
    let path = writer.path().to_owned();
    writer.close().unwrap();
    let mut want = Vec::new();
    for step in [-10, 0, 10, 20] {
        want.extend(["cost", "weights", "note", "series"].map(|tag| (tag.to_owned(), step)));
    }
    assert_eq!(tags(&path), want);
}

#[test]
fn keep_thins_out_each_tag_on_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let few = writer.keep(2);
    for step in 0..40 {
        log_kinds(&few, step).unwrap();
        if few.wants("late", step) {
            few.add_text("late", "made only if it is wanted", step).unwrap();
        }
        writer.add_scalar("all", 1.0, step).unwrap();
    }
    let path = writer.path().to_owned();
    writer.close().unwrap();
    let tags = tags(&path);
    for tag in ["cost", "weights", "note", "late"] {
        // Two of all, two of every second, two of every fourth, eighth, sixteenth.
        let steps: Vec<_> = tags.iter().filter(|(t, _)| t == tag).map(|(_, s)| *s).collect();
        assert_eq!(steps, [0, 1, 3, 5, 9, 13, 21, 29], "{tag}");
    }
    assert_eq!(tags.iter().filter(|(tag, _)| tag == "all").count(), 40);
}

#[test]
fn a_sub_run_has_a_directory_and_a_file_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let eval = writer.sub_run("평가/a").unwrap();
    writer.add_scalar("cost", 1.0, 1).unwrap();
    eval.add_scalar("cost", 2.0, 1).unwrap();
    writer.sub_run("평가/a").unwrap().add_scalar("cost", 3.0, 2).unwrap();
    assert_eq!(eval.path().parent().unwrap(), dir.path().join("평가").join("a"));
    let paths = [writer.path().to_owned(), eval.path().to_owned()];
    eval.close().unwrap();
    writer.close().unwrap();
    let numbers = |path| values(path).iter().map(|(_, _, v)| number(v)).collect::<Vec<_>>();
    assert_eq!(paths.each_ref().map(|path| numbers(path)), [vec![1.0], vec![2.0, 3.0]]);
}

#[test]
fn no_sub_run_leaves_the_directory_of_its_run() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path().join("run")).unwrap();
    for name in ["", "..", "../other", "a/../../b", "/tmp/a", "."] {
        let error = writer.sub_run(name).unwrap_err();
        assert!(matches!(error, WriteError::RunName { .. }), "{name}: {error}");
        assert!(SummaryWriter::disabled().sub_run(name).is_err());
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_disabled_writer_takes_everything_and_writes_nothing() {
    let writer = SummaryWriter::disabled();
    log_kinds(&writer.scope("train").every(2).keep(1).at(1.0).unwrap(), 0).unwrap();
    writer.sub_run("eval").unwrap().scalar("cost").add(1.0, 1).unwrap();
    writer.describe("cost", Description::default());
    writer.add_graph(&[]).unwrap();
    writer.flush().unwrap();
    writer.sync().unwrap();
    assert!(!writer.wants("cost", 0) && !writer.resumed() && writer.warnings().is_empty());
    assert_eq!((writer.lost(), writer.path().as_os_str().len()), (0, 0));
    writer.close().unwrap();
}

#[test]
fn tags_that_tensorboard_cannot_show_are_refused_and_others_kept() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let long = "가".repeat(40_000); // 120 kB
    for (tag, problem) in [("", "the tag is empty"), (long.as_str(), "the tag has 1200")] {
        let mut batch = writer.step(0);
        batch.scalar("fine", 1.0);
        batch.scalar(tag, 1.0);
        for result in [
            writer.add_scalar(tag, 1.0, 0),
            writer.scalar(tag).add(1.0, 0),
            writer.add_histogram(tag, &[1.0], 0),
            writer.add_text(tag, "", 0),
            writer.scope("train").add_scalar(tag, 1.0, 0),
            writer.scope("train").scalar(tag).add(1.0, 0),
            batch.add(),
        ] {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(problem) && error.len() < 600, "{error}");
        }
    }
    for tag in ["한글/비용", "a b", "a//b", "\t", "x".repeat(16 << 10).as_str()] {
        writer.add_scalar(tag, 1.0, 0).unwrap();
    }
    let path = writer.path().to_owned();
    writer.close().unwrap();
    assert_eq!(tags(&path).len(), 5);
}

#[test]
fn numbers_and_steps_of_any_kind_are_kept_as_the_format_can() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path()).unwrap();
    let steps = [5, 3, -7, i64::MAX, i64::MIN, 0];
    let numbers = [f64::NAN, f64::NEG_INFINITY, 1e300, -0.0, 1e-40, 0.1];
    for (step, value) in steps.into_iter().zip(numbers) {
        writer.add_scalar("cost", value, step).unwrap();
    }
    let path = writer.path().to_owned();
    writer.close().unwrap();
    assert_eq!(events(&path).len(), 2 + steps.len());
    let read = values(&path);
    assert_eq!(read.iter().map(|(step, _, _)| *step).collect::<Vec<_>>(), steps);
    let read: Vec<f32> = read.iter().map(|(_, _, value)| number(value)).collect();
    assert!(read[0].is_nan());
    assert_eq!(read[1..3], [f32::NEG_INFINITY, f32::INFINITY], "1e300 is beyond f32");
    assert_eq!(read[3].to_bits(), (-0.0_f32).to_bits());
    assert_eq!(read[4..], [1e-40, 0.1]);
}
