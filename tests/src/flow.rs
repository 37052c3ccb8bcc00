//! What people do in the window, step by step, as the flows and the demonstration share it. Each
//! step taps what a person would tap and waits for what they would see.

use crate::Outcome;
use crate::site::Member;
use crate::window::Window;
use serde_json::{Value, json};

/// A routine blood-pressure follow-up's readings: systolic, diastolic, pulse, as they are typed.
const ROUTINE: &str = "1388476";

impl Window {
    /// Types digits on the pad that is shown; they count as no taps (ui.md, rule 3).
    ///
    /// # Errors
    /// If there is no pad.
    pub async fn digits(&mut self, digits: &str) -> Outcome {
        let before = self.taps();
        for digit in digits.chars() {
            self.tap(&format!("pad-{digit}")).await?;
        }
        self.count_from(before);
        Ok(())
    }

    /// Becomes a device of the site whose center made the code.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn enrol(&mut self, code: &str) -> Outcome {
        self.type_into("enrol-code", code).await?;
        self.tap("enrol-submit").await?;
        self.see("enrol-done").await?;
        self.tap("enrol-continue").await
    }

    /// Somebody's first sign-in on this device: the password, then the PIN twice.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn first_sign_in(&mut self, member: &Member) -> Outcome {
        self.tap(&format!("staff-{}", member.id)).await?;
        self.type_into("first-password", &member.password).await?;
        self.tap("first-next").await?;
        self.digits(&member.pin).await?;
        self.digits(&member.pin).await?;
        self.see("top-user").await.map(drop)
    }

    /// Signs in by PIN.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn sign_in(&mut self, member: &Member) -> Outcome {
        self.tap(&format!("staff-{}", member.id)).await?;
        self.digits(&member.pin).await?;
        self.see("top-user").await.map(drop)
    }

    /// Opens the day and arrives in the site's first village, which the window asks for next.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn arrive(&mut self) -> Outcome {
        self.tap("day-open").await?;
        self.type_into("day-odometer", "48210").await?;
        self.tap("day-submit").await?;
        self.tap_css("[data-testid^='village-']").await?;
        self.type_into("day-odometer", "48232").await?;
        self.tap("day-submit").await?;
        self.see("stop-facts").await.map(drop)
    }

    /// Checks somebody in who is on board already; `query` is what is typed to find them.
    ///
    /// # Errors
    /// If they are not found.
    pub async fn check_in(&mut self, query: &str, reason: &str, station: &str) -> Outcome {
        self.tap("walk-in").await?;
        self.type_into("walk-in-search", query).await?;
        self.tap("walk-in-hit").await?;
        self.type_into("walk-in-reason", reason).await?;
        self.tap(&format!("station-{station}")).await?;
        self.tap("walk-in-submit").await?;
        self.gone("walk-in-sheet").await?;
        self.see("line-row").await.map(drop)
    }

    /// A routine blood-pressure follow-up, from the line back to the line. Taps are counted from
    /// here; the caller reads them.
    ///
    /// # Errors
    /// If a step is not there.
    pub async fn follow_up(&mut self) -> Outcome {
        self.count_from(0);
        self.tap("call-next").await?;
        self.record_follow_up().await?;
        self.tap("sign").await?;
        self.see("page-today").await?;
        self.see_text("toast", "").await
    }

    /// Readings and answers of a routine follow-up on the open consult page.
    ///
    /// # Errors
    /// If a step is not there.
    pub async fn record_follow_up(&mut self) -> Outcome {
        self.see("vital-pad").await?;
        self.digits(ROUTINE).await?;
        self.tap("symptom-none").await?;
        self.tap("adherence-regular").await?;
        self.tap("reaction-no").await?;
        if self.has("lifestyle-confirm").await? {
            self.tap("lifestyle-confirm").await?;
        }
        self.tap("proposal-adopt").await
    }

    /// Prescribes the first product that `query` finds, by the pictured schedule, for 28 days.
    ///
    /// # Errors
    /// If a step is not there.
    pub async fn prescribe(&mut self, query: &str) -> Outcome {
        self.tap("prescribe").await?;
        if self.has("ask-none-known").await? {
            self.tap("ask-none-known").await?;
            self.gone("ask-allergies").await?;
        }
        self.type_into("formulary-search", query).await?;
        self.tap("product-hit").await?;
        self.tap("slot-morning-tap").await?;
        self.tap("days-28").await?;
        self.see("checks").await?;
        self.tap("prescription-add").await?;
        self.see("prescription-row").await?;
        if self.has("prescribe-sheet").await? {
            self.tap("prescribe-sheet-close").await?;
        }
        self.gone("prescribe-sheet").await
    }

    /// Takes the most due person from check-in to a signed follow-up with a prescription, and exchanges.
    ///
    /// # Errors
    /// If a step is not there.
    pub async fn follow_up_and_prescribe(&mut self, query: &str) -> Outcome {
        self.tap("due-check-in").await?;
        self.tap("call-next").await?;
        self.record_follow_up().await?;
        self.prescribe(query).await?;
        self.tap("sign").await?;
        self.see("page-today").await?;
        self.exchange().await.map(drop)
    }

    /// Hands out all that the first person at the counter has been prescribed.
    ///
    /// # Errors
    /// If a step is not there.
    pub async fn hand_over(&mut self, patient: &str) -> Outcome {
        self.count_from(0);
        self.tap_css(&format!(
            "[data-testid=\"dispense-person\"][data-patient=\"{patient}\"]"
        ))
        .await?;
        self.see("hand-over").await?;
        self.tap("proof-birth").await?;
        self.tap("receiver-person").await?;
        self.tap("hand-over-done").await?;
        self.see_text("toast", "").await
    }

    /// Asks the command table from the page, as its own code does.
    ///
    /// # Errors
    /// With the code of a refusal.
    pub async fn ask(&self, command: &str, input: Value) -> Outcome<Value> {
        let body = "
            const done = arguments[arguments.length - 1];
            window.__TAURI_INTERNALS__.invoke('invoke_command', { command: arguments[0], input: arguments[1] })
                .then((ok) => done({ ok }), (error) => done({ error }));";
        let told = self.script_later(body, vec![json!(command), input]).await?;
        match told.get("ok") {
            Some(ok) => Ok(ok.clone()),
            None => Err(format!("{command}: {}", told["error"]).into()),
        }
    }

    /// Exchanges with the center now and waits for the light to say so.
    ///
    /// # Errors
    /// If the exchange fails.
    pub async fn exchange(&self) -> Outcome<Value> {
        self.ask("sync.run", json!({})).await
    }
}
