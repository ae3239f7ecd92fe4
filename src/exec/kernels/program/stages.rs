//! Which instructions threads share, and where they must wait for each other.

use std::ops::Range;

use super::super::instruction::{Instruction, Operands};

/// Cycles from which threads share an instruction: to meet takes some hundred.
const WORTH_SHARING: usize = 4_000;

/// Cycles from which threads divide an instruction as they go: a piece takes some hundred thousand, of
/// a chain some million.
const WORTH_DIVIDING: usize = 1_000_000;

/// Instructions that are run by all threads or by one.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) instructions: Range<usize>,
    pub(in super::super) shared: bool,
    /// Whether threads meet before it: what others do since they met last makes a difference to it.
    pub(in super::super) waits: bool,
    /// Whether threads meet before it and then take pieces of it, each as many as it has time for.
    pub(in super::super) divided: bool,
}

/// Groups instructions: those that are not worth sharing run one after another on one thread.
pub(super) fn stages(instructions: &[Instruction]) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for (place, instruction) in instructions.iter().enumerate() {
        let shared = instruction.cycles() >= WORTH_SHARING;
        match stages.last_mut() {
            Some(stage) if !shared && !stage.shared => stage.instructions.end = place + 1,
            _ => {
                let divided = shared && instruction.cycles() >= WORTH_DIVIDING;
                stages.push(Stage { instructions: place..place + 1, shared, waits: false, divided })
            }
        }
    }
    let mut since_met = Operands::default();
    for stage in &mut stages {
        let mut operands = Operands::default();
        let of_stage = &instructions[stage.instructions.clone()];
        of_stage.iter().for_each(|instruction| operands.extend(instruction.operands()));
        if operands.depend_on(&since_met) || stage.divided {
            stage.waits = true;
            since_met = Operands::default();
        }
        since_met.extend(operands);
    }
    stages
}

#[cfg(test)]
mod tests {
    use super::super::super::instruction::{GradientDescent, Slot, Space, Sum};
    use super::*;

    /// One of several arrays.
    fn array(place: usize) -> Slot {
        Slot { space: Space::Arena, offset: place * 40_000, len: 20_000 }
    }

    /// Changes an array by another, which threads share.
    fn step(variable: usize, grad: usize) -> Instruction {
        let [variable, grad] = [variable, grad].map(array);
        let rate = Slot { len: 1, ..array(9) };
        let step = GradientDescent { variable, rate, grad };
        Instruction::GradientDescent(step)
    }

    fn waits(instructions: &[Instruction]) -> Vec<bool> {
        stages(instructions).iter().map(|stage| stage.waits).collect()
    }

    #[test]
    fn threads_wait_where_one_reads_or_writes_what_another_wrote_or_reads() {
        // Both read 9, the rate; nothing else is common to them.
        assert_eq!(waits(&[step(0, 1), step(2, 3)]), [false, false]);
        assert_eq!(waits(&[step(0, 1), step(2, 1)]), [false, false], "both read 1");
        assert_eq!(
            waits(&[step(0, 1), step(2, 0)]),
            [false, true],
            "0 is read after it is written"
        );
        assert_eq!(
            waits(&[step(0, 1), step(1, 2)]),
            [false, true],
            "1 is written after it is read"
        );
        assert_eq!(waits(&[step(0, 1), step(0, 2)]), [false, true], "0 is written twice");
    }

    #[test]
    fn what_was_done_before_a_meeting_needs_no_other() {
        // The second waits for the first; the third needs the first alone, the fourth the second.
        let instructions = [step(0, 1), step(2, 0), step(3, 0), step(4, 2)];
        assert_eq!(waits(&instructions), [false, true, false, true]);
        // The third needs the first, though the second did not.
        assert_eq!(waits(&[step(0, 1), step(2, 3), step(4, 0)]), [false, false, true]);
    }

    #[test]
    fn what_one_thread_does_alone_is_waited_for_too() {
        let small = |place: usize| Slot { len: 160, ..array(place) };
        let sum = Instruction::Sum(Sum {
            x: small(0),
            out: small(1),
            outer: 160,
            count: 1,
            inner: 1,
            divisor: 1.0,
        });
        let stages = stages(&[step(0, 5), sum, step(2, 1), step(3, 4)]);
        let of: Vec<(bool, bool)> =
            stages.iter().map(|stage| (stage.shared, stage.waits)).collect();
        assert_eq!(of, [(true, false), (false, true), (true, true), (true, false)]);
    }
}
