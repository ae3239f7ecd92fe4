//! Meshes and point clouds.

use super::content::message;
use super::{Decode, Encoded, Value, tensor};
use crate::logdir::tensor::Tensor;
use crate::logdir::{Kind, Metadata};
use crate::proto::MeshPluginData;
use crate::proto::mesh_plugin_data::ContentType;

/// A part of a mesh: its points, its faces or its colours, each under a tag of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct MeshPart {
    /// The mesh's name, which its parts have in common.
    pub name: String,
    /// Which part it is.
    pub content: MeshContent,
    /// `[batch, n, 3]`: coordinates as f32, corners of faces as i32, or colours as u8.
    pub tensor: Tensor,
    /// How the scene is set up: JSON for three.js.
    pub json_config: String,
}

/// What a part of a mesh holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeshContent {
    /// Coordinates of points.
    Vertices,
    /// Triangles: the numbers of their corners.
    Faces,
    /// The colour of each point.
    Colors,
}

impl Value for MeshPart {
    const KIND: Kind = Kind::Meshes;
}

impl Decode for MeshPart {
    fn decode(value: Encoded<'_>, metadata: &Metadata) -> Result<Self, String> {
        let data: MeshPluginData = message(&metadata.content)?;
        let content = match data.content_type() {
            ContentType::ContentVertex => MeshContent::Vertices,
            ContentType::ContentFace => MeshContent::Faces,
            ContentType::ContentColor => MeshContent::Colors,
            _ => return Err(format!("content type {}", data.content_type)),
        };
        let tensor = tensor(value)?;
        let [_, _, 3] = tensor.shape[..] else {
            return Err(format!("got a tensor of shape {:?}, want [batch, n, 3]", tensor.shape));
        };
        Ok(MeshPart { name: data.name, content, tensor, json_config: data.json_config })
    }
}
