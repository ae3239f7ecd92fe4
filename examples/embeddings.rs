//! Logs points with labels and pictures for the Projector: `cargo run --example embeddings`.
//!
//! Then open TensorBoard's Projector tab, which appears after some seconds.

use runboard::summary::{Embedding, Images, Pixels, SummaryWriter, WriteError};

const SIDE: usize = 16;

fn main() -> Result<(), WriteError> {
    let writer = SummaryWriter::create("runs/embeddings")?;
    let colours = [
        ("red", "warm"),
        ("orange", "warm"),
        ("yellow", "warm"),
        ("green", "cold"),
        ("blue", "cold"),
    ];
    let rgb = [[255, 0, 0], [255, 128, 0], [255, 255, 0], [0, 128, 0], [0, 0, 255]];

    // Twenty shades of each: [100, 3], with names, and a picture of one colour: [100, 16, 16, 3].
    let shades = || (0..100).map(|i| rgb[i / 20].map(|part| part * (i % 20 + 1) / 20));
    let points: Vec<f32> = shades().flatten().map(|part| part as f32 / 255.0).collect();
    let pictures: Vec<u8> =
        shades().flat_map(|rgb| [rgb.map(|part| part as u8); SIDE * SIDE]).flatten().collect();
    let names: Vec<&str> = (0..100).map(|i| colours[i / 20].0).collect();
    let kinds: Vec<&str> = (0..100).map(|i| colours[i / 20].1).collect();

    let embedding = Embedding::new(&points, 3)
        .labels("colour", &names)
        .labels("kind", &kinds)
        .images(Images::nhwc(100, SIDE, SIDE, Pixels::Rgb8(&pictures)));
    writer.add_embedding("colours", &embedding, 0)?;
    writer.close()
}
