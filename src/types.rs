//! Step, WallTime, Tag, RunName.
