//! TensorFlow's `summary_iterator` and TensorBoard's `EventAccumulator` read what we write.

use std::fs;
use std::path::{Path, PathBuf};

use runboard::summary::{
    Audio, BoundingBox, Chart, GraphNode, HParam, Histogram, Image, Images, Mesh, NodeStats,
    Pixels, SessionEnd, SummaryWriter, Tensor, TensorData, Video, WriteError,
};
use serde_json::{Value, json};

use crate::tools::{ask, keys, numbers};

const WEIGHTS: [f32; 6] = [-1.0, -0.25, 0.0, 0.5, 0.5, 2.0];
const TEXT: &str = "경사 하강법: *gradient descent*";

/// Writes every kind of event there is and returns the file.
fn write_all(dir: &Path) -> Result<PathBuf, WriteError> {
    let writer = SummaryWriter::create(dir)?;
    let mut series = writer.scalar("손실");
    for step in 0..3 {
        series.add(1.0 / (1.0 + f64::from(step)), step)?;
    }
    writer.add_scalar("nan", f64::NAN, 1)?;
    let mut batch = writer.step(1_i64 << 40);
    batch.scalar("late/cost", 0.5);
    batch.histogram("late/weights", &WEIGHTS);
    batch.add()?;
    writer.add_histogram("weights", &WEIGHTS, 2)?;
    writer.add_text("about", TEXT, 0)?;
    writer.add_image("digit", Image::hwc(2, 3, Pixels::Gray8(&[0, 50, 100, 150, 200, 250])), 0)?;
    let pixels: Vec<u8> = (0..24).map(|i| 10 * i).collect();
    let pair = || Images::nhwc(2, 3, 4, Pixels::Gray8(&pixels));
    writer.add_images("batch", pair(), 0)?;
    writer.add_image_grid("grid", pair(), 0)?;
    let framed = BoundingBox { x_min: 0.0, y_min: 0.0, x_max: 2.0, y_max: 1.0 };
    let digit = Image::hwc(3, 8, Pixels::Gray8(&pixels));
    writer.add_image_with_boxes("boxes", digit, &[framed], 0)?;
    writer.add_video("video", Video { frames: pair(), frames_per_second: 4.0 }, 0)?;
    writer.add_tensor("numbers", &Tensor::new(&[2, 3], TensorData::F32(&WEIGHTS)), 0)?;
    writer.add_audio("tone", Audio::mono(&[0.0, 0.5, -0.5, 0.0], 8000), 0)?;
    writer.add_pr_curve("cat", &[true, false], &[0.9, 0.2], 0)?;
    let vertices = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
    writer.add_mesh("triangle", &Mesh { vertices: &vertices, ..Default::default() }, 0)?;
    writer.add_custom_scalars(&[("losses", &[Chart::multiline("both", &["a", "b"])])])?;
    let relu = GraphNode { name: "l/Relu".into(), op: "Relu".into(), ..Default::default() };
    writer.add_graph(&[relu])?;
    let stats = NodeStats { name: "l/Relu".into(), bytes: 4096, ..Default::default() };
    writer.add_run_metadata("step 1", &[stats], 1)?;
    writer.add_hparams(&[("rate", HParam::Number(0.1))], &["손실"])?;
    writer.end_session(SessionEnd::Success)?;
    let path = writer.path().to_owned();
    writer.close()?;
    Ok(path)
}

/// Every value that the iterator gave for a tag: plugin, step, value.
fn values_of<'a>(events: &'a [Value], tag: &str) -> Vec<(&'a str, i64, &'a Value)> {
    let mut found = Vec::new();
    for event in events {
        for value in event["values"].as_array().into_iter().flatten() {
            if value["tag"] == tag {
                let plugin = value["plugin"].as_str().unwrap();
                found.push((plugin, event["step"].as_i64().unwrap(), &value["value"]));
            }
        }
    }
    found
}

#[test]
#[ignore = "needs TensorFlow and TensorBoard: .ci/run"]
fn tensorflow_and_tensorboard_read_all_that_is_written() {
    let scratch = tempfile::tempdir().unwrap();
    let path = write_all(scratch.path()).unwrap();
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1, "all is in one file");
    let said = ask("python_reads.py", &[path]);

    let events = said["iterator"].as_array().unwrap();
    assert_eq!(events[0]["what"], "file_version");
    assert_eq!(events[1]["what"], "session_log");
    let graphs: Vec<&Value> = events.iter().filter(|event| event["what"] == "graph_def").collect();
    assert_eq!(graphs.len(), 1);
    assert_eq!(graphs[0]["nodes"], json!(["l/Relu"]));
    assert_eq!(events.iter().filter(|event| event["what"] == "tagged_run_metadata").count(), 1);

    let thirds = json!(1.0_f32 / 3.0);
    let cost = values_of(events, "손실");
    assert_eq!(cost[..2], [("scalars", 0, &json!(1.0)), ("scalars", 1, &json!(0.5))]);
    assert_eq!(cost[2].2.as_f64().unwrap() as f32, thirds.as_f64().unwrap() as f32);
    assert!(values_of(events, "nan")[0].2.is_null(), "NaN is told as null");
    assert_eq!(values_of(events, "late/cost"), [("scalars", 1 << 40, &json!(0.5))]);
    assert_eq!(values_of(events, "about"), [("text", 0, &json!([TEXT]))]);
    for (tag, step) in [("weights", 2), ("late/weights", 1 << 40)] {
        let [(plugin, at, buckets)] = values_of(events, tag)[..] else { panic!("one `{tag}`") };
        assert_eq!((plugin, at), ("histograms", step));
        let buckets: Vec<f64> = buckets.as_array().unwrap().iter().flat_map(numbers).collect();
        let wanted = Histogram::of(&WEIGHTS).buckets;
        let wanted = wanted.as_flattened();
        assert_eq!(buckets.len(), wanted.len());
        // The way through JSON may cost the last bit.
        let same = |(got, want): (&f64, &f64)| (got - want).abs() <= 1e-15 * want.abs();
        assert!(buckets.iter().zip(wanted).all(same), "{buckets:?}, want {wanted:?}");
    }
    for (tag, plugin) in [
        ("digit", "images"),
        ("batch", "images"),
        ("grid", "images"),
        ("boxes", "images"),
        ("video", "images"),
        ("tone", "audio"),
        ("numbers", "tensor"),
        ("cat", "pr_curves"),
        ("triangle_VERTEX", "mesh"),
        ("custom_scalars__config__", "custom_scalars"),
        ("_hparams_/experiment", "hparams"),
        ("_hparams_/session_start_info", "hparams"),
        ("_hparams_/session_end_info", "hparams"),
    ] {
        let found = values_of(events, tag);
        assert_eq!(found.len(), 1, "`{tag}`");
        assert_eq!(found[0].0, plugin, "`{tag}`");
    }

    let accumulator = &said["accumulator"];
    assert_eq!(accumulator["graph"], true);
    let series = &accumulator["series"];
    let scalars_and_text = ["손실", "nan", "late/cost", "late/weights", "weights", "about"];
    let pictures = ["digit", "batch", "grid", "boxes", "video"];
    for tag in [&scalars_and_text[..], &pictures, &["tone", "numbers", "cat"]].concat() {
        assert!(keys(series).contains(&tag), "no `{tag}` in {:?}", keys(series));
    }
    let [(_, 0, numbers)] = values_of(events, "numbers")[..] else { panic!("one tensor") };
    assert_eq!(numbers, &json!([[-1.0, -0.25, 0.0], [0.5, 0.5, 2.0]]));
    assert_eq!(series["손실"].as_array().unwrap().len(), 3);
    assert_eq!(series["손실"][1], json!([1, 0.5]));
    assert_eq!(series["about"], json!([[0, [TEXT]]]));
}
