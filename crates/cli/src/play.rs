//! Playing steps: each as the person it names, at the time it happened, through the command table.

use crate::clock::PlayedClock;
use crate::outcome::Failure;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use xunyi_app::{AppError, Device, SignedIn};
use xunyi_model::{PatientId, StaffId};
use xunyi_township::{DemoStaff, Step};

/// Acts for several people, each of whom has shown who they are by their password.
pub(crate) struct Players<'a> {
    device: &'a Device,
    clock: &'a PlayedClock,
    people: BTreeMap<StaffId, SignedIn>,
}

impl<'a> Players<'a> {
    /// Everybody whose password is known, recognised by the device at the system's own time.
    pub(crate) fn recognised(
        device: &'a Device,
        clock: &'a PlayedClock,
        staff: &[DemoStaff],
    ) -> Result<Self, Failure> {
        clock.reset();
        let mut people = BTreeMap::new();
        for member in staff {
            let id = member.staff.id;
            people.insert(id, device.recognise(id, member.password)?);
        }
        Ok(Self {
            device,
            clock,
            people,
        })
    }

    /// Plays one step.
    pub(crate) fn play(&self, step: Step) -> Result<Value, Failure> {
        let Step {
            staff,
            command,
            input,
            ..
        } = self.ready(step)?;
        let user = self
            .people
            .get(&staff)
            .ok_or_else(|| AppError::new("unlock.unknown_staff"))?;
        self.device
            .invoke_as(user, command, input)
            .map_err(|error| {
                Failure::Input(format!("{command}: {} {}", error.code, json!(error.params)))
            })
    }

    /// Sets the clock and puts the chart's heads where the input waits for them.
    fn ready(&self, mut step: Step) -> Result<Step, Failure> {
        self.clock.set(step.at_ms);
        if let Some(patient) = step.patient.filter(|_| step.needs_heads()) {
            step.fill_heads(self.heads(patient)?);
        }
        Ok(step)
    }

    fn heads(&self, patient: PatientId) -> Result<Vec<String>, Failure> {
        Ok(self.device.chart_heads(patient)?)
    }
}
