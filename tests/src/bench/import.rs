//! Taking a fleet in: as many twins as asked for, through `tandem import`.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::time::Instant;

use anyhow::{Result, ensure};

use super::plan::Plan;
use super::population::Population;
use super::report::{Report, Row, bytes, grouped, per_second};
use crate::process::run;
use crate::roster::import_line;

/// Makes the fleet and imports it, unless the place holds this very fleet.
///
/// # Errors
/// When the import fails or takes in another number of devices.
pub async fn import(plan: &Plan, report: &mut Report) -> Result<()> {
    let place = &plan.place;
    let devices = u64::try_from(plan.devices)?;
    if place.holds(plan.devices, plan.seed) {
        let what = format!("import {} twins", grouped(devices));
        report.add(Row::new(what, "found, not imported again"));
        return Ok(());
    }
    place.clear()?;
    let twin_bytes = write_file(plan)? / devices.max(1);

    let start = Instant::now();
    run(
        &place.data_dir(),
        &["import", &place.import_file().to_string_lossy()],
    )?;
    let took = start.elapsed().as_secs_f64();
    fs::remove_file(place.import_file())?;
    let found = place.count().await?;
    ensure!(found == devices, "{found} devices instead of {devices}");
    place.mark_as(plan.devices, plan.seed)?;

    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = devices as f64 / took;
    let database_bytes = fs::metadata(place.database())?.len();
    let what = format!("import {} twins of {twin_bytes} bytes", grouped(devices));
    let result = format!(
        "{}, {took:.1} s, {} on disk",
        per_second(rate),
        bytes(database_bytes)
    );
    report.add(
        Row::new(what, result)
            .figure("seconds", took)
            .figure("per_second", rate)
            .figure("twin_bytes", twin_bytes)
            .figure("database_bytes", database_bytes),
    );
    Ok(())
}

/// Writes the file to import; gives the bytes of all twins.
fn write_file(plan: &Plan) -> Result<u64> {
    let mut file = BufWriter::new(File::create(plan.place.import_file())?);
    let mut twin_bytes = 0;
    for member in Population::new(plan.devices, plan.seed) {
        twin_bytes += u64::try_from(member.twin_bytes())?;
        let line = import_line(
            &member.device,
            &member.tags,
            &member.desired,
            &member.reported,
        );
        serde_json::to_writer(&mut file, &line)?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    Ok(twin_bytes)
}
