//! Logs a little of every kind of summary, in two runs: `log_kinds LOGDIR`.

use std::f32::consts::TAU;
use std::path::Path;
use std::time::Duration;

use runboard::summary::{
    Audio, BoundingBox, Chart, Embedding, GraphNode, HParam, HParamsSession, Image, Images, Mesh,
    NodeStats, Pixels, PrCurve, SessionEnd, SummaryWriter, Tensor, TensorData, Video, WriteError,
};

fn main() -> Result<(), WriteError> {
    let logdir = std::env::args().nth(1).unwrap_or_else(|| "runs/kinds".to_owned());
    for (run, rate) in [("slow", 0.01), ("빠른 실행", 0.1)] {
        let writer = SummaryWriter::create(Path::new(&logdir).join(run))?;
        log_hparams(&writer, rate)?;
        log_graph(&writer)?;
        for step in 0..5 {
            log_numbers(&writer, step, rate)?;
            log_pictures(&writer, step)?;
            log_audio(&writer, step)?;
            log_curves(&writer, step)?;
            log_meshes(&writer, step)?;
        }
        log_embeddings(&writer)?;
        writer.end_session(SessionEnd::Success)?;
        writer.close()?;
    }
    Ok(())
}

fn log_hparams(writer: &SummaryWriter, rate: f64) -> Result<(), WriteError> {
    let hparams = [
        ("rate", HParam::Number(rate)),
        ("optimizer", HParam::Text("sgd".to_owned())),
        ("bias", HParam::Bool(true)),
    ];
    let rates = [HParam::Number(0.01), HParam::Number(0.1)];
    let group = format!("rate {rate}");
    let session = HParamsSession::new(&hparams).metrics(&["cost"]);
    writer.add_hparams_session(&session.group(&group).domain("rate", &rates))
}

fn log_graph(writer: &SummaryWriter) -> Result<(), WriteError> {
    let node = |name: &str, op: &str, inputs: &[&str], shape: &[i64]| GraphNode {
        name: name.to_owned(),
        op: op.to_owned(),
        inputs: inputs.iter().map(|input| (*input).to_owned()).collect(),
        output_shapes: vec![shape.to_vec()],
        ..Default::default()
    };
    writer.add_graph(&[
        node("x", "Placeholder", &[], &[-1, 2]),
        node("layer/W", "VariableV2", &[], &[2, 3]),
        node("layer/b", "VariableV2", &[], &[3]),
        node("layer/MatMul", "MatMul", &["x", "layer/W"], &[-1, 3]),
        node("layer/add", "Add", &["layer/MatMul", "layer/b"], &[-1, 3]),
        node("layer/y", "Sigmoid", &["layer/add"], &[-1, 3]),
    ])?;
    let stats = |name: &str, start, duration, bytes| NodeStats {
        name: name.to_owned(),
        start: Duration::from_micros(start),
        duration: Duration::from_micros(duration),
        bytes,
        output_shapes: vec![vec![-1, 3]],
        ..Default::default()
    };
    let step = [
        stats("layer/MatMul", 0, 40, 4096),
        stats("layer/add", 40, 5, 4096),
        stats("layer/y", 45, 20, 2048),
    ];
    writer.add_run_metadata("step 0", &step, 0)
}

fn log_numbers(writer: &SummaryWriter, step: i64, rate: f64) -> Result<(), WriteError> {
    let cost = (-rate * step as f64).exp();
    writer.add_scalar("cost", cost, step)?;
    writer.add_scalars("loss", &[("train", cost), ("test", cost + 0.1)], step)?;
    if step == 0 {
        let both = Chart::multiline("train and test", &["loss/.*"]);
        let band = Chart::margin("band", &[["cost", "loss/train", "loss/test"]]);
        writer.add_custom_scalars(&[("losses", &[both, band])])?;
    }
    let weights: Vec<f32> = (0..100).map(|i| (i as f32 / 10.0).sin()).collect();
    writer.add_histogram("weights", &weights, step)?;
    writer.add_text("note", "한글 **굵게**", step)?;
    let confusion = [50, 2, 3, 45];
    writer.add_tensor("confusion", &Tensor::new(&[2, 2], TensorData::I64(&confusion)), step)
}

fn log_pictures(writer: &SummaryWriter, step: i64) -> Result<(), WriteError> {
    let phase = step as f32 / 5.0;
    // Ten pictures of 16 x 16 waves, gray, 0 to 1: [10, 16, 16, 1].
    let waves: Vec<f32> = (0..10 * 16 * 16)
        .map(|i| {
            let (picture, y, x) = (i / 256, i / 16 % 16, i % 16);
            let wave = (x * (picture + 1)) as f32 / 16.0 + y as f32 / 16.0 + phase;
            0.5 + 0.5 * (wave * TAU).sin()
        })
        .collect();
    let batch = Images::nhwc(10, 16, 16, Pixels::GrayF32(&waves));
    writer.add_image("image", Image::hwc(16, 16, Pixels::GrayF32(&waves[..256])), step)?;
    writer.add_images("images", batch, step)?;
    writer.add_image_grid("grid", batch, step)?;
    writer.add_video("video", Video { frames: batch, frames_per_second: 5.0 }, step)?;
    let planes: Vec<u8> = (0..3 * 16 * 16).map(|i| (i % 251) as u8).collect(); // [3, 16, 16]
    let bounds = BoundingBox { x_min: 2.0, y_min: 3.0, x_max: 9.0, y_max: 12.0 };
    let picture = Image::chw(16, 16, Pixels::Rgb8(&planes));
    writer.add_image_with_boxes("boxes", picture, &[bounds], step)?;
    let dot =
        b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    writer.add_image_encoded("encoded", dot, step)
}

fn log_audio(writer: &SummaryWriter, step: i64) -> Result<(), WriteError> {
    let pitch = 220.0 * (step + 1) as f32;
    let tone: Vec<f32> = (0..2000).map(|i| (i as f32 / 8000.0 * pitch * TAU).sin()).collect();
    writer.add_audio("tone", Audio::mono(&tone, 8000), step)?;
    writer.add_audio("stereo", Audio::interleaved(&tone, 2, 8000), step)
}

fn log_curves(writer: &SummaryWriter, step: i64) -> Result<(), WriteError> {
    let labels: Vec<bool> = (0..100).map(|i| i % 3 == 0).collect();
    let predictions: Vec<f32> = (0..100)
        .map(|i| (i * 37 % 100) as f32 / 200.0 + if i % 3 == 0 { 0.4 } else { 0.0 })
        .collect();
    writer.add_pr_curve("threes", &labels, &predictions, step)?;
    let curve = PrCurve::of(&labels, &predictions, 11).expect("predictions are in 0 to 1");
    writer.add_pr_curve_raw("threes raw", &curve, step)
}

fn log_meshes(writer: &SummaryWriter, step: i64) -> Result<(), WriteError> {
    let height = 1.0 + step as f32 / 5.0;
    let vertices = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, height]];
    let tetrahedron = Mesh {
        vertices: &vertices,
        colors: &[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]],
        faces: &[[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]],
        ..Default::default()
    };
    writer.add_mesh("tetrahedron", &tetrahedron, step)?;
    writer.add_mesh("points", &Mesh { vertices: &vertices, ..Default::default() }, step)
}

fn log_embeddings(writer: &SummaryWriter) -> Result<(), WriteError> {
    let points: Vec<f32> = (0..30).map(|i| (i * i % 17) as f32 / 17.0).collect(); // [10, 3]
    let names: Vec<String> = (0..10).map(|i| format!("점 {i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let pictures: Vec<u8> = (0..10 * 8 * 8).map(|i| (i / 64 * 25) as u8).collect(); // [10, 8, 8, 1]
    let rich = Embedding::new(&points, 3)
        .labels("name", &names)
        .labels("parity", &["even", "odd"].repeat(5))
        .images(Images::nhwc(10, 8, 8, Pixels::Gray8(&pictures)));
    writer.add_embedding("points", &rich, 0)?;
    writer.add_embedding("points", &rich, 100)?;
    writer.add_embedding("층/plain", &Embedding::new(&points, 5).labels("name", &names[..6]), 0)
}
