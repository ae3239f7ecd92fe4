//! The points of one tag.

/// The points of one tag in columns of the same length.
#[derive(Clone, Debug, PartialEq)]
pub struct Series<T> {
    steps: Vec<i64>,
    wall_times: Vec<f64>,
    values: Vec<T>,
}

/// The scalars of one tag.
pub type ScalarSeries = Series<f32>;

impl<T> Series<T> {
    pub(super) fn new() -> Self {
        Series { steps: Vec::new(), wall_times: Vec::new(), values: Vec::new() }
    }

    /// Returns the steps; they increase under [`super::Restarts::LaterWins`].
    pub fn steps(&self) -> &[i64] {
        &self.steps
    }

    /// Returns the wall times, in seconds since the epoch, as the file has them.
    pub fn wall_times(&self) -> &[f64] {
        &self.wall_times
    }

    /// Returns the values.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Returns the number of points.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Returns whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Returns the step and value of the last point.
    pub fn last(&self) -> Option<(i64, &T)> {
        self.steps.last().copied().zip(self.values.last())
    }

    /// Returns step, wall time and value of each point.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (i64, f64, &T)> {
        let times = self.steps.iter().zip(&self.wall_times);
        times.zip(&self.values).map(|((&step, &time), value)| (step, time, value))
    }

    #[inline]
    pub(super) fn push(&mut self, step: i64, wall_time: f64, value: T) {
        self.steps.push(step);
        self.wall_times.push(wall_time);
        self.values.push(value);
    }

    /// Drops the points at the end with that step or a later one: all of them, if steps increase.
    #[inline]
    pub(super) fn drop_end(&mut self, step: i64) {
        if self.steps.last().is_some_and(|&last| last >= step) {
            let kept = self.steps.iter().rposition(|&s| s < step).map_or(0, |last| last + 1);
            self.steps.truncate(kept);
            self.wall_times.truncate(kept);
            self.values.truncate(kept);
        }
    }

    /// Drops all points with that step or a later one.
    pub(super) fn drop_from(&mut self, step: i64) {
        let keep: Vec<bool> = self.steps.iter().map(|&s| s < step).collect();
        retain(&mut self.steps, &keep);
        retain(&mut self.wall_times, &keep);
        retain(&mut self.values, &keep);
    }
}

fn retain<T>(column: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    column.retain(|_| *keep.next().expect("columns have the same length"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(steps: &[i64]) -> Series<i64> {
        let mut series = Series::new();
        for &step in steps {
            series.push(step, step as f64, 10 * step);
        }
        series
    }

    #[test]
    fn columns_stay_together() {
        let mut series = of(&[0, 5, 6, 2, 7, 3]);
        series.drop_from(5);
        assert_eq!(series, of(&[0, 2, 3]));
        series.drop_end(2);
        assert_eq!(series, of(&[0]));
        series.drop_end(-1);
        assert_eq!(series.last(), None);
    }
}
