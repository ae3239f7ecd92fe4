//! Which instructions threads share, and where they must wait for each other.

use std::ops::Range;

use super::super::instruction::{Instruction, Operands};

/// Cycles from which threads share an instruction: to meet takes some hundred.
const WORTH_SHARING: usize = 4_000;

/// Instructions that are run by all threads or by one.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) instructions: Range<usize>,
    pub(in super::super) shared: bool,
    /// Whether threads meet before it: what others do since they met last makes a difference to it.
    pub(in super::super) waits: bool,
}

/// Groups instructions: those that are not worth sharing run one after another on one thread.
pub(super) fn stages(instructions: &[Instruction]) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for (place, instruction) in instructions.iter().enumerate() {
        let shared = instruction.cycles() >= WORTH_SHARING;
        match stages.last_mut() {
            Some(stage) if !shared && !stage.shared => stage.instructions.end = place + 1,
            _ => stages.push(Stage { instructions: place..place + 1, shared, waits: false }),
        }
    }
    let mut since_met = Operands::default();
    for stage in &mut stages {
        let mut operands = Operands::default();
        let of_stage = &instructions[stage.instructions.clone()];
        of_stage.iter().for_each(|instruction| operands.extend(instruction.operands()));
        if operands.depend_on(&since_met) {
            stage.waits = true;
            since_met = Operands::default();
        }
        since_met.extend(operands);
    }
    stages
}
