//! The phones of the simulated survey: they come home to signal and send what they hold, some of it twice.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::interview::Visit;
use super::sample::Sample;

/// Interviews are spread over the last weeks.
const DAYS: usize = 24;
/// Every so many interviews the answer is lost on the way, and the phone sends again.
const LOST_ANSWER: usize = 40;

pub(super) fn field(address: &str, devices: &[String], version: &str, sample: &Sample, seed: u64, today: Date) -> Result<()> {
    let (counted, waiting) = (AtomicUsize::new(0), AtomicUsize::new(0));
    eprintln!("{} phones send {} visits …", devices.len(), sample.visits.len());
    thread::scope(|scope| {
        let phones: Vec<_> = devices
            .iter()
            .enumerate()
            .map(|(number, device)| {
                let phone = Phone {
                    url: format!("{address}{device}/submission?deviceID=collect%3A{}", device_id(seed, number)),
                    version,
                    seed,
                    today,
                };
                let (counted, waiting) = (&counted, &waiting);
                scope.spawn(move || phone.send_all(sample, number, devices.len(), counted, waiting))
            })
            .collect();
        phones.into_iter().try_for_each(|phone| phone.join().map_err(|_| anyhow::anyhow!("a phone failed"))?)
    })?;
    eprintln!("{} visits counted, {} set aside.", counted.into_inner(), waiting.into_inner());
    Ok(())
}

/// Sixteen characters, as Collect makes them when it is installed.
fn device_id(seed: u64, number: usize) -> String {
    format!("demoPhone{number:02}x{:04}", seed % 10_000)
}

struct Phone<'a> {
    url: String,
    version: &'a str,
    seed: u64,
    today: Date,
}

impl Phone<'_> {
    fn send_all(&self, sample: &Sample, first: usize, step: usize, counted: &AtomicUsize, waiting: &AtomicUsize) -> Result<()> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        for (place, visit) in sample.visits.iter().enumerate().skip(first).step_by(step) {
            let xml = self.interview(visit, place)?;
            match self.send(&agent, &xml)? {
                201 => counted.fetch_add(1, Ordering::Relaxed),
                202 => waiting.fetch_add(1, Ordering::Relaxed),
                status => bail!("a phone heard {status}"),
            };
            if place % LOST_ANSWER == 0 {
                self.send(&agent, &xml)?;
            }
        }
        Ok(())
    }

    fn interview(&self, visit: &Visit, place: usize) -> Result<String> {
        let ago: Span = i64::try_from(place % DAYS)?.days();
        let day = self.today.checked_sub(ago).context("a day within the calendar")?;
        Ok(visit.instance(self.version, &format!("uuid:demo-{}-{place}", self.seed), &day.to_string()))
    }

    fn send(&self, agent: &ureq::Agent, xml: &str) -> Result<u16> {
        let body = format!(
            "--phone\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"interview.xml\"\r\nContent-Type: text/xml\r\n\r\n{xml}\r\n--phone--\r\n"
        );
        let mut response = agent
            .post(&self.url)
            .header("X-OpenRosa-Version", "1.0")
            .header("User-Agent", "org.odk.collect.android/simulated")
            .header("Content-Type", "multipart/form-data; boundary=phone")
            .send(body)?;
        let status = response.status().as_u16();
        response.body_mut().read_to_string()?;
        Ok(status)
    }
}
