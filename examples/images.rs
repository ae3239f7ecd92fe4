//! Logs pictures of several layouts: `cargo run --example images`, then open the Images tab.

use std::f32::consts::TAU;

use runboard::summary::{BoundingBox, Image, Images, Pixels, SummaryWriter, Video, WriteError};

const SIZE: usize = 64;

fn main() -> Result<(), WriteError> {
    let writer = SummaryWriter::create("runs/images")?;
    for step in 0..8 {
        let phase = step as f32 / 8.0;

        // Gray, 0 to 1: [64, 64, 1].
        let gray: Vec<f32> = pixels().map(|(x, y)| wave(x + phase) * wave(y)).collect();
        writer.add_image("gray", Image::hwc(SIZE, SIZE, Pixels::GrayF32(&gray)), step)?;

        // One plane for each of red, green and blue, as PyTorch has them: [3, 64, 64].
        let planes: Vec<f32> = [0.0, 0.33, 0.67]
            .iter()
            .flat_map(|c| pixels().map(move |(x, _)| wave(x + c + phase)))
            .collect();
        let picture = Image::chw(SIZE, SIZE, Pixels::RgbF32(&planes));
        writer.add_image("colour", picture, step)?;

        let left = 4.0 * step as f32;
        let bounds = BoundingBox { x_min: left, y_min: 10.0, x_max: left + 20.0, y_max: 50.0 };
        writer.add_image_with_boxes("boxes", picture, &[bounds], step)?;

        // Sixteen pictures: [16, 64, 64, 1], one by one, as one, and one after the other.
        let batch: Vec<f32> = (0..16)
            .flat_map(|i| pixels().map(move |(x, y)| wave(x + y + i as f32 / 16.0 + phase)))
            .collect();
        let batch = Images::nhwc(16, SIZE, SIZE, Pixels::GrayF32(&batch));
        writer.add_images("batch", batch, step)?;
        writer.add_image_grid("grid", batch, step)?;
        writer.add_video("video", Video { frames: batch, frames_per_second: 8.0 }, step)?;
    }
    writer.close()
}

/// x and y of each pixel, 0 to 1, row by row.
fn pixels() -> impl Iterator<Item = (f32, f32)> {
    (0..SIZE * SIZE).map(|i| ((i % SIZE) as f32 / SIZE as f32, (i / SIZE) as f32 / SIZE as f32))
}

fn wave(x: f32) -> f32 {
    0.5 + 0.5 * (x * TAU).sin()
}
