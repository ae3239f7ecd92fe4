//! Custom scalars: several scalars in one chart.

use std::collections::BTreeMap;

use prost::Message;

use super::kind::{Kind, strings};
use super::{SummaryWriter, WriteError, check, encode};
use crate::proto::chart::Content;
use crate::proto::margin_chart_content::Series;
use crate::proto::{self, DataClass};
use crate::types::Step;

/// The tag that TensorBoard looks for.
const TAG: &str = "custom_scalars__config__";

/// The category of the charts that [`SummaryWriter::add_scalars`] makes.
const SCALARS: &str = "scalars";

/// One chart of the Custom Scalars tab.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Chart {
    /// Lines of all scalars whose tags match.
    Multiline {
        /// What stands above the chart.
        title: String,
        /// Regular expressions that match a tag from its beginning.
        tags: Vec<String>,
    },
    /// Lines with a band around each.
    Margin {
        /// What stands above the chart.
        title: String,
        /// The lines, by their tags.
        series: Vec<Margin>,
    },
}

/// The tags of a line and of the edges of its band.
#[derive(Clone, Debug, PartialEq)]
pub struct Margin {
    /// The tag of the line.
    pub value: String,
    /// The tag of the lower edge.
    pub lower: String,
    /// The tag of the upper edge.
    pub upper: String,
}

impl Chart {
    /// Returns a chart of all scalars whose tag begins with a match of one of the expressions.
    pub fn multiline(title: &str, tags: &[&str]) -> Self {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        Chart::Multiline { title: title.to_owned(), tags }
    }

    /// Returns a chart of lines with bands: the tags of value, lower and upper edge of each.
    pub fn margin(title: &str, series: &[[&str; 3]]) -> Self {
        let margin = |tags: &[&str; 3]| {
            let [value, lower, upper] = tags.map(str::to_owned);
            Margin { value, lower, upper }
        };
        Chart::Margin { title: title.to_owned(), series: series.iter().map(margin).collect() }
    }

    fn to_proto(&self) -> proto::Chart {
        let (title, content) = match self {
            Chart::Multiline { title, tags } => {
                let content = proto::MultilineChartContent { tag: tags.clone() };
                (title, Content::Multiline(content))
            }
            Chart::Margin { title, series } => {
                let series = series.iter().cloned().map(|Margin { value, lower, upper }| Series {
                    value,
                    lower,
                    upper,
                });
                let series = series.collect();
                (title, Content::Margin(proto::MarginChartContent { series }))
            }
        };
        proto::Chart { title: title.clone(), content: Some(content) }
    }
}

/// The charts of a run: those of the layout and those of [`SummaryWriter::add_scalars`].
///
/// A run has one layout and its latest counts, so each is written whole.
#[derive(Debug, Default)]
pub(super) struct Charts {
    layout: Vec<(String, Vec<Chart>)>,
    /// Main tags and their keys.
    scalars: BTreeMap<String, Vec<String>>,
}

impl Charts {
    /// Takes up the keys of a main tag and returns whether one of them is new.
    fn learn(&mut self, main_tag: &str, values: &[(&str, f64)]) -> bool {
        if !self.scalars.contains_key(main_tag) {
            self.scalars.insert(main_tag.to_owned(), Vec::new());
        }
        let keys = self.scalars.get_mut(main_tag).expect("it was just put there");
        let before = keys.len();
        for (key, _) in values {
            if !keys.iter().any(|known| known == key) {
                keys.push((*key).to_owned());
            }
        }
        keys.len() > before
    }

    fn to_layout(&self) -> proto::Layout {
        let category = |title: &str, chart| {
            let title = title.to_owned();
            proto::Category { title, chart, closed: false }
        };
        let mut categories: Vec<_> = (self.layout.iter())
            .map(|(title, charts)| category(title, charts.iter().map(Chart::to_proto).collect()))
            .collect();
        let scalars = self.scalars.iter().map(|(main_tag, keys)| {
            let tags = keys.iter().map(|key| format!("{}$", quoted(&format!("{main_tag}/{key}"))));
            Chart::Multiline { title: main_tag.clone(), tags: tags.collect() }.to_proto()
        });
        let scalars: Vec<_> = scalars.collect();
        if !scalars.is_empty() {
            categories.push(category(SCALARS, scalars));
        }
        proto::Layout { version: 0, category: categories }
    }

    /// Logs them, past scopes and rates: at step 0, where every layout is, so that TensorBoard keeps
    /// the last.
    fn log(&self, writer: &SummaryWriter) -> Result<(), WriteError> {
        let kind = Kind { plugin: "custom_scalars", content: &[], class: DataClass::Tensor };
        let (mut values, mut record) = (Vec::new(), Vec::new());
        kind.append(&mut values, TAG, &strings(&[], vec![self.to_layout().encode_to_vec()]));
        encode::summary_event(&mut record, writer.now(), Step(0), &values);
        writer.add_record(&record)
    }
}

/// Returns a regular expression of just this text, for Python's `re`.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_ascii_punctuation() && !matches!(char, '/' | '_') {
            quoted.push('\\');
        }
        quoted.push(char);
    }
    quoted
}

impl SummaryWriter {
    /// Logs which scalars the Custom Scalars tab shows in one chart: categories and their charts.
    ///
    /// The run's last layout counts; charts of [`SummaryWriter::add_scalars`] stay.
    ///
    /// ```
    /// use runboard::summary::{Chart, SummaryWriter};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path();
    /// let writer = SummaryWriter::create(dir)?;
    /// writer.add_custom_scalars(&[(
    ///     "losses",
    ///     &[
    ///         Chart::multiline("train and test", &["loss/(train|test)$"]),
    ///         Chart::margin("band", &[["loss/mean", "loss/min", "loss/max"]]),
    ///     ],
    /// )])?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError`] if an earlier event could not be written.
    pub fn add_custom_scalars(&self, layout: &[(&str, &[Chart])]) -> Result<(), WriteError> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut charts = file.charts();
        charts.layout =
            layout.iter().map(|(title, charts)| ((*title).to_owned(), charts.to_vec())).collect();
        charts.log(self)
    }

    /// Logs several numbers that belong together, each under `main_tag/key`.
    ///
    /// They stay in this run: unlike with tensorboardX and torch, no key becomes a run of its own.
    /// The Custom Scalars tab shows them in one chart, named `main_tag`, which is logged when a key
    /// is new.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let writer = runboard::summary::SummaryWriter::create(dir.path())?;
    /// for step in 0..10 {
    ///     let x = step as f64;
    ///     writer.add_scalars("wave", &[("sin", x.sin()), ("cos", x.cos())], step)?;
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`WriteError::Value`] if `main_tag` or a key is empty or too long; [`WriteError`] if an earlier
    /// event could not be written.
    pub fn add_scalars(
        &self,
        main_tag: &str,
        values: &[(&str, f64)],
        step: impl Into<Step>,
    ) -> Result<(), WriteError> {
        let Some(file) = &self.file else { return Ok(()) };
        let full_tag = self.view.full_tag(main_tag);
        check::tag("", main_tag)?;
        for (key, _) in values {
            check::tag(&format!("{full_tag}/"), key)?;
        }
        let mut charts = file.charts();
        if charts.learn(&full_tag, values)
            && let Err(error) = charts.log(self)
        {
            charts.scalars.remove(&*full_tag); // to be tried again
            return Err(error);
        }
        drop(charts);
        let mut batch = self.step(step);
        for (key, value) in values {
            batch.scalar(&format!("{main_tag}/{key}"), *value);
        }
        batch.add()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_encoded_as_tensorboard_encodes_it() {
        // As tests/golden/kinds/custom_scalars.summary, which layout_pb2 made: Category 2 {title 1, chart 2 {title 1, multiline 2 {tag 1}}, chart 2 {title 1, margin 3 {series 1}}}.
        let want = b"\x12D\n\x06losses\x12\x1a\n\rtrain vs test\x12\t\n\x07loss/.*\
            \x12\x1e\n\x04band\x1a\x16\n\x14\n\x06m/mean\x12\x04m/lo\x1a\x04m/hi";
        let losses = vec![
            Chart::multiline("train vs test", &["loss/.*"]),
            Chart::margin("band", &[["m/mean", "m/lo", "m/hi"]]),
        ];
        let charts = Charts { layout: vec![("losses".to_owned(), losses)], ..Default::default() };
        assert_eq!(charts.to_layout().encode_to_vec(), want);
    }

    #[test]
    fn a_chart_is_made_anew_only_when_a_key_is_new() {
        let mut charts = Charts::default();
        assert!(charts.learn("loss", &[("train", 1.0)]));
        assert!(!charts.learn("loss", &[("train", 2.0)]));
        assert!(charts.learn("loss", &[("train", 2.0), ("test", 3.0)]));
        assert!(charts.learn("acc(%)", &[("정확도", 1.0)]));
        let layout = charts.to_layout();
        let [scalars] = &layout.category[..] else { panic!("{layout:?}") };
        let chart = |title: &str, tags: &[&str]| Chart::multiline(title, tags).to_proto();
        assert_eq!(
            scalars.chart,
            [
                chart("acc(%)", &[r"acc\(\%\)/정확도$"]),
                chart("loss", &["loss/train$", "loss/test$"]),
            ]
        );
    }
}
