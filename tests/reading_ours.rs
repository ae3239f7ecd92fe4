//! Reading back what this crate's own writer writes: every kind it has.

use std::fs;
use std::time::Duration;

use runboard::event::Clock;
use runboard::logdir::{self, Kind, Logdir, MeshContent, Run, TensorData, Value};
use runboard::proto::h_params_plugin_data::Data;
use runboard::proto::{HParamsPluginData, Layout};
use runboard::summary::{
    Audio, Chart, Embedding, GraphNode, HParam, Image, Images, Mesh, NodeStats, Pixels, SessionEnd,
    SummaryWriter, Tensor, WriteError,
};
use runboard::types::WallTime;

/// Logs something and reads all of it.
fn read(log: impl FnOnce(&SummaryWriter) -> Result<(), WriteError>) -> (tempfile::TempDir, Logdir) {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::create(dir.path().join("런")).unwrap();
    log(&writer).unwrap();
    writer.close().unwrap();
    let mut logdir = Logdir::builder(dir.path()).keep_everything().build();
    let problems: Vec<_> = logdir.poll().iter().map(ToString::to_string).collect();
    assert_eq!(problems, [""; 0]);
    (dir, logdir)
}

fn run(logdir: &Logdir) -> &Run {
    logdir.run("런").unwrap()
}

fn only<'a, T: Value>(logdir: &'a Logdir, tag: &str) -> &'a T {
    let series = run(logdir).series::<T>(tag).unwrap_or_else(|| panic!("no `{tag}`"));
    assert_eq!((series.steps(), series.len()), (&[3][..], 1));
    &series.values()[0]
}

#[test]
fn numbers() {
    let (_dir, logdir) = read(|writer| {
        for step in 0..1000 {
            writer.add_scalar("cost", f64::from(step).exp(), step)?;
        }
        writer.add_scalar("odd", f32::NAN, 3)?;
        writer.add_scalar("odd", -0.0, -7)?; // back: the first is gone
        writer.add_histogram("weights", &[0.0_f32, 1.0, 30.0], 3)?;
        writer.add_tensor(
            "counts",
            &Tensor::new(&[2, 1], runboard::summary::TensorData::I64(&[-1, 5])),
            3,
        )
    });
    let cost = run(&logdir).scalar("cost").unwrap();
    assert_eq!(cost.len(), 1000);
    let right = |(i, (step, _, &value)): (usize, (i64, f64, &f32))| {
        step == i as i64 && value == (i as f64).exp() as f32
    };
    assert!(cost.iter().enumerate().all(right));
    assert_eq!(run(&logdir).scalar("odd").unwrap().last(), Some((-7, &-0.0)));
    let histogram: &logdir::Histogram = only(&logdir, "weights");
    let taken: Vec<_> = histogram.buckets.iter().filter(|bucket| bucket[2] > 0.0).collect();
    assert_eq!(taken, [&[0.0, 1.0, 1.0], &[1.0, 2.0, 1.0], &[29.0, 30.0, 1.0]]);
    let counts: &logdir::Tensor = only(&logdir, "counts");
    assert_eq!((&counts.shape[..], &counts.data), (&[2, 1][..], &TensorData::I64(vec![-1, 5])));
}

#[test]
fn texts_and_hyper_parameters() {
    let (_dir, logdir) = read(|writer| {
        writer.add_text("note", "한글 **굵게**", 3)?;
        let hparams = [("rate", HParam::Number(0.1)), ("adam", HParam::Bool(false))];
        writer.add_hparams(&hparams, &["cost"])?;
        writer.end_session(SessionEnd::Success)
    });
    let note: &logdir::Text = only(&logdir, "note");
    assert_eq!((&note.shape[..], &note.texts[..]), (&[][..], &["한글 **굵게**".to_owned()][..]));
    let data =
        run(&logdir).all::<HParamsPluginData>().map(|(_, series)| series.values()[0].clone());
    let mut seen = [false; 3];
    for data in data {
        match data.data.unwrap() {
            Data::Experiment(experiment) => {
                let names: Vec<_> = experiment.hparam_infos.iter().map(|info| &info.name).collect();
                assert_eq!(names, ["rate", "adam"]);
                seen[0] = true;
            }
            Data::SessionStartInfo(start) => {
                assert_eq!(start.hparams.keys().collect::<Vec<_>>(), ["adam", "rate"]);
                seen[1] = true;
            }
            Data::SessionEndInfo(end) => {
                assert_eq!(end.status, 1);
                seen[2] = true;
            }
        }
    }
    assert_eq!(seen, [true; 3]);
}

#[test]
fn pictures_and_sound() {
    let gray: Vec<u8> = (0..2 * 3 * 5).collect(); // [2, 3, 5, 1]
    let (_dir, logdir) = read(|writer| {
        writer.add_image("one", Image::hwc(3, 5, Pixels::Gray8(&gray[..15])), 3)?;
        writer.add_images("two", Images::nhwc(2, 3, 5, Pixels::Gray8(&gray)), 3)?;
        writer.add_audio("tone", Audio::mono(&[0.0, 1.0], 8000), 3)
    });
    for (tag, count) in [("one", 1), ("two", 2)] {
        let image: &logdir::Image = only(&logdir, tag);
        assert_eq!((image.width, image.height, image.encoded.len()), (5, 3, count), "{tag}");
        assert!(image.encoded.iter().all(|file| file.starts_with(b"\x89PNG\r\n")), "{tag}");
    }
    let audio: &logdir::Audio = only(&logdir, "tone");
    assert_eq!(audio.content_type, "audio/wav");
    // RIFF: two samples of 16 bits behind 44 bytes, 0 and 32767.
    assert_eq!(audio.clips[0].encoded[44..], [0, 0, 0xff, 0x7f]);
}

#[test]
fn curves_layouts_and_meshes() {
    let (_dir, logdir) = read(|writer| {
        writer.add_pr_curve("pr", &[true, false], &[0.9, 0.2], 3)?;
        writer.add_custom_scalars(&[("losses", &[Chart::multiline("both", &["loss/.*"])])])?;
        let vertices = &[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.5]];
        let mesh = Mesh { vertices, faces: &[[0, 1, 2]], ..Default::default() };
        writer.add_mesh("triangle", &mesh, 3)
    });
    let curve: &logdir::PrCurve = only(&logdir, "pr");
    let at = |threshold: f64| {
        let i = curve.thresholds().position(|t| t >= threshold).unwrap();
        [&curve.true_positives, &curve.false_positives, &curve.recall].map(|row| row[i])
    };
    assert_eq!((at(0.0), at(0.5), at(1.0)), ([1.0, 1.0, 1.0], [1.0, 0.0, 1.0], [0.0, 0.0, 0.0]));
    let layouts = run(&logdir).series::<Layout>("custom_scalars__config__").unwrap();
    assert_eq!(layouts.values()[0].category[0].chart[0].title, "both");
    let mut parts = Vec::new();
    for (_, series) in run(&logdir).all::<logdir::MeshPart>() {
        let part = &series.values()[0];
        assert_eq!(part.name, "triangle");
        parts.push((part.content, part.tensor.shape.clone(), part.tensor.data.clone()));
    }
    let points = vec![0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.5];
    let want = [
        (MeshContent::Faces, vec![1, 1, 3], TensorData::I32(vec![0, 1, 2])),
        (MeshContent::Vertices, vec![1, 3, 3], TensorData::F32(points)),
    ];
    assert_eq!(parts, want);
}

#[test]
fn graphs_and_what_a_step_cost() {
    let (_dir, logdir) = read(|writer| {
        let (name, op) = ("층/x".to_owned(), "Placeholder".to_owned());
        writer.add_graph(&[GraphNode { name, op, ..Default::default() }])?;
        let (name, duration) = ("층/x".to_owned(), Duration::from_micros(40));
        writer.add_run_metadata("step 3", &[NodeStats { name, duration, ..Default::default() }], 3)
    });
    let graphs = run(&logdir).series::<logdir::Graph>("__run_graph__").unwrap();
    let graph = graphs.values()[0].to_graph_def().unwrap();
    assert_eq!((graph.node[0].name.as_str(), graph.node[0].op.as_str()), ("층/x", "Placeholder"));
    let traced: &logdir::TracedRun = only(&logdir, "step 3");
    let stats = traced.to_run_metadata().unwrap().step_stats.unwrap();
    let node = &stats.dev_stats[0].node_stats[0];
    assert_eq!((node.node_name.as_str(), node.all_end_rel_micros), ("층/x", 40));
}

#[test]
fn embeddings() {
    let (_dir, logdir) = read(|writer| {
        let points = [0.0, 0.5, 1.0, 1.5]; // [2, 2]
        writer.add_embedding("낱\"말", &Embedding::new(&points, 2).labels("name", &["a", "b"]), 3)
    });
    let config = run(&logdir).projector().unwrap().unwrap();
    let [embedding] = &config.embeddings[..] else { panic!("{config:?}") };
    assert_eq!(embedding.tensor_name, "낱\"말:00003");
    assert_eq!(embedding.tensor_shape, [2, 2]);
    let labels = fs::read_to_string(config.dir.join(&embedding.metadata_path)).unwrap();
    assert_eq!(labels.lines().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn keras_models_logged_as_tensors() {
    // Keras models have no method of their own.
    let (_dir, logdir) = read(|writer| {
        let json = [&br#"{"class_name": "Sequential"}"#[..]];
        let json = Tensor::new(&[1], runboard::summary::TensorData::Bytes(&json));
        writer.add_tensor("keras", &json.plugin("graph_keras_model", b"1"), 3)
    });
    let model: &logdir::KerasModel = only(&logdir, "keras");
    assert_eq!(model.json, r#"{"class_name": "Sequential"}"#);
    assert_eq!(run(&logdir).tags().collect::<Vec<_>>(), [("keras", Kind::KerasModels)]);
}

#[test]
fn a_file_that_comes_late_counts_where_its_name_stands() {
    let scratch = tempfile::tempdir().unwrap();
    let write = |name: &str, second: f64, steps: std::ops::Range<i64>, value: f64| {
        let clock = Clock::Fixed(WallTime::new(second).unwrap());
        let writer = SummaryWriter::builder(scratch.path().join(name)).clock(clock);
        let writer = writer.create().unwrap();
        steps.for_each(|step| writer.add_scalar("cost", value, step).unwrap());
        let path = writer.path().to_owned();
        writer.close().unwrap();
        path
    };
    let (first, second) = (write("a", 1.7e9, 0..5, 1.0), write("b", 1.7e9 + 100.0, 3..8, 2.0));
    let runs = scratch.path().join("runs");
    let run = runs.join("one");
    fs::create_dir_all(&run).unwrap();
    let copy = |file: &std::path::Path| {
        fs::copy(file, run.join(file.file_name().unwrap())).unwrap();
    };
    let mut logdir = Logdir::new(&runs);
    copy(&second);
    logdir.poll();
    copy(&first);
    assert!(logdir.poll().is_empty());
    let cost = logdir.run("one").unwrap().scalar("cost").unwrap();
    assert_eq!(cost.steps(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(cost.values(), [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
}
