//! Meshes: points and surfaces in space.

use prost::Message;

use super::kind::{Kind, numbers, refused};
use super::{SummaryWriter, WriteError, check};
use crate::proto::mesh_plugin_data::ContentType;
use crate::proto::{DataClass, DataType, MeshPluginData};
use crate::types::Step;

// Each part is a series of its own, whose tag ends so.
const VERTEX: (&str, ContentType) = ("VERTEX", ContentType::ContentVertex);
const FACE: (&str, ContentType) = ("FACE", ContentType::ContentFace);
const COLOR: (&str, ContentType) = ("COLOR", ContentType::ContentColor);

/// A surface of triangles, or a cloud of points if there are no faces.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mesh<'a> {
    /// x, y and z of each vertex.
    pub vertices: &'a [[f32; 3]],
    /// Red, green and blue of each vertex; none, or one for each.
    pub colors: &'a [[u8; 3]],
    /// The vertices of each triangle, counted from 0.
    pub faces: &'a [[u32; 3]],
    /// Camera, lights and material for three.js as a JSON object; empty for TensorBoard's own.
    pub config: &'a str,
}

impl Mesh<'_> {
    /// Returns what is wrong with the mesh.
    fn problem(&self) -> Option<String> {
        let count = self.vertices.len();
        let finite = |vertex: &[f32; 3]| vertex.iter().all(|coordinate| coordinate.is_finite());
        let inside = |face: &[u32; 3]| face.iter().all(|vertex| (*vertex as usize) < count);
        let config = self.config.trim();
        if count == 0 {
            Some("no vertices".to_owned())
        } else if let Some(i) = self.vertices.iter().position(|vertex| !finite(vertex)) {
            Some(format!("vertex {i} is {:?}, want finite numbers", self.vertices[i]))
        } else if !self.colors.is_empty() && self.colors.len() != count {
            Some(format!("got {} colors for {count} vertices", self.colors.len()))
        } else if let Some(i) = self.faces.iter().position(|face| !inside(face)) {
            Some(format!("face {i} is {:?}, want vertices below {count}", self.faces[i]))
        } else if i32::try_from(count.max(self.faces.len())).is_err() {
            Some(format!("got {count} vertices and {} faces, want below 2^31", self.faces.len()))
        } else if !config.is_empty() && !is_object(config) {
            Some(format!("got config `{config}`, want a JSON object"))
        } else {
            None
        }
    }
}

/// Only the braces are looked at.
fn is_object(json: &str) -> bool {
    json.starts_with('{') && json.ends_with('}')
}

impl SummaryWriter {
    /// Logs a surface or a cloud of points, to be turned in space.
    ///
    /// ```
    /// use runboard::summary::{Mesh, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// let tetrahedron = Mesh {
    ///     vertices: &[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    ///     colors: &[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0]],
    ///     faces: &[[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]],
    ///     ..Default::default()
    /// };
    /// writer.add_mesh("tetrahedron", &tetrahedron, 0)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if there are no vertices, one is not finite, the colors are not as many,
    /// a face names a vertex that is not there, or the config is no object; else as for other
    /// summaries.
    pub fn add_mesh(
        &self,
        tag: &str,
        mesh: &Mesh<'_>,
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        check::tag("", tag)?;
        if let Some(problem) = mesh.problem() {
            return Err(refused(tag, problem));
        }
        let vertices = mesh.vertices.as_flattened().iter().flat_map(|x| x.to_le_bytes());
        let faces = mesh.faces.as_flattened().iter().flat_map(|i| i.to_le_bytes());
        let colors = mesh.colors.as_flattened().to_vec();
        let mut parts = vec![
            (VERTEX, mesh.vertices.len(), DataType::DtFloat, vertices.collect()),
            (FACE, mesh.faces.len(), DataType::DtInt32, faces.collect()),
            (COLOR, mesh.colors.len(), DataType::DtUint8, colors),
        ];
        parts.retain(|(_, rows, ..)| *rows > 0);
        let components = parts.iter().map(|((_, content), ..)| 1 << *content as u32).sum();
        let config = if mesh.config.trim().is_empty() { "{}" } else { mesh.config };
        let mut values = Vec::new();
        for ((suffix, content), rows, dtype, bytes) in parts {
            let content = MeshPluginData {
                version: 0,
                // By its name the tab finds the parts of a mesh.
                name: self.view.full_tag(tag).into_owned(),
                content_type: content.into(),
                json_config: config.to_owned(),
                shape: vec![1, rows as i32, 3],
                components,
            };
            let content = content.encode_to_vec();
            let kind = Kind { plugin: "mesh", content: &content, class: DataClass::Tensor };
            let tag = format!("{tag}_{suffix}");
            kind.append(&mut values, &tag, &numbers(dtype, &[1, rows, 3], bytes));
        }
        self.add_values(&values, step.into(), self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_mesh_is_told() {
        let vertices = &[[0.0; 3], [1.0; 3]];
        let problem = |mesh: Mesh<'_>| mesh.problem().unwrap();
        assert_eq!(problem(Mesh::default()), "no vertices");
        let nan = Mesh { vertices: &[[0.0, f32::NAN, 0.0]], ..Default::default() };
        assert_eq!(problem(nan), "vertex 0 is [0.0, NaN, 0.0], want finite numbers");
        let colors = Mesh { vertices, colors: &[[0; 3]], ..Default::default() };
        assert_eq!(problem(colors), "got 1 colors for 2 vertices");
        let faces = Mesh { vertices, faces: &[[0, 1, 2]], ..Default::default() };
        assert_eq!(problem(faces), "face 0 is [0, 1, 2], want vertices below 2");
        let config = Mesh { vertices, config: "[]", ..Default::default() };
        assert_eq!(problem(config), "got config `[]`, want a JSON object");
    }
}
