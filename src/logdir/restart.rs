//! What a step that goes back means.

/// What to do with the points that a restarted run has written before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Restarts {
    /// A point with step `s` removes those of its tag with step `s` or later, so that steps
    /// increase. TensorBoard's data server does this.
    #[default]
    LaterWins,
    /// From the second on, a `SessionLog START` at step `s` removes what the run holds of step `s`
    /// and later, of all tags. In a file that tells no version of at least 2, a summary whose step
    /// is below that of the summary before removes points of its own tags instead. TensorBoard's
    /// loader in Python does this.
    SessionStart,
    /// Nothing: every point is kept, in the order of the files.
    KeepAll,
}
