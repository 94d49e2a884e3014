//! Reports: the fleet during a day, a week or a month, as a document for those who answer for it.

use leptos_router::{LazyRoute, lazy_route};

use crate::api::ask;
use crate::api::report::{AskReport, Change, Decide, Figure, Part, Region, Sheet, Wrong};
use crate::browser;
use crate::format;
use crate::pages::Trouble;
use crate::prelude::*;
use crate::router::use_params_map;
use crate::routes::{Address, Search};
use crate::shell::use_key;
use crate::ui::{
    Button, Chart, Course, GhostRows, Icon, Is, Kind, LinkButton, Mark, PageHead, Section, Symbol,
    Tab, Tabs,
};

/// The page at [`crate::routes::REPORTS`] and of each period below it.
#[derive(Debug)]
pub struct ReportPage;

#[lazy_route]
impl LazyRoute for ReportPage {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let ReportPage = this;
        let params = use_params_map();
        let report = ask(move || AskReport {
            period: params.with(|params| params.get("period").unwrap_or_default()),
        });
        use_key("p", "Print or save as PDF", browser::print);
        view! {
            <Transition fallback=|| view! { <GhostRows columns=&["Region", "Devices", "Connected", "As they should be"] /> }>
                {move || Suspend::new(async move {
                    match report.await {
                        Ok(sheet) => view! { <Desk sheet=sheet /> },
                        Err(problem) => {
                            view! {
                                <Title text="Report" />
                                <PageHead title=|| "Report" />
                                <Trouble problem=problem on_retry=move |()| report.refetch() />
                                <p><a href=Address::Report(String::new()).href()>"The report of this week"</a></p>
                            }
                        }
                    }
                })}
            </Transition>
        }
    }
}

/// The ways between periods, and the paper.
#[component]
fn Desk(sheet: Sheet) -> impl IntoView {
    let table = Address::ReportTable(sheet.period.clone()).href();
    let file = format!("fleet-{}.csv", sheet.period);
    let tab = |(name, period, is_current): (String, String, bool)| Tab {
        name,
        href: Address::Report(period).href(),
        count: None,
        is_current,
    };
    let tabs: Vec<Tab> = sheet.lengths.iter().cloned().map(tab).collect();
    let previous = Address::Report(sheet.previous.clone()).href();
    let next = sheet.next.clone().map(|next| {
        view! { <LinkButton kind=Kind::Quiet href=Address::Report(next).href()>"Next"</LinkButton> }
    });
    view! {
        <Title text=format!("Fleet report, {}", sheet.title) />
        <div class="desk">
            <div class="tools">
                <Tabs label="Length of the period" tabs=Signal::stored(tabs) />
                <LinkButton kind=Kind::Quiet href=previous>"Previous"</LinkButton>
                {next}
                <span class="end">
                    <a class="btn" href=table download=file rel="external"><Symbol icon=Icon::Down /> "CSV"</a>
                    <span class="needs-script">
                        <Button kind=Kind::Primary key="P" on_press=|()| browser::print()>
                            <Symbol icon=Icon::Print />
                            "Print or save as PDF"
                        </Button>
                    </span>
                </span>
            </div>
            <Paper sheet=sheet />
        </div>
    }
}

#[component]
fn Paper(sheet: Sheet) -> impl IntoView {
    let meta = sheet
        .meta
        .into_iter()
        .map(|line| view! { <div>{line}</div> });
    let marks = [
        Some(Is::Converged),
        Some(Is::Reported),
        None,
        Some(Is::Silent),
    ];
    let figures = sheet.figures.into_iter().zip(marks);
    let (conclusion, measure) = sheet.course;
    let line = sheet.line;
    let course = Course {
        points: line.points,
        times: line.times,
        gap: line.gap,
        earlier: Vec::new(),
        earlier_gap: 0.0,
    };
    let chart = if course.points.len() > 1 {
        let written =
            |value, decimals| format!("{}{}%", format::decimal(value, decimals), format::THIN);
        view! { <Chart label=conclusion.clone() course=Signal::stored(course) written=written /> }
    } else {
        view! { <p class="faint">"A course needs two stretches that were measured; each takes five minutes."</p> }
    };
    let colophon = sheet
        .colophon
        .into_iter()
        .map(|line| view! { <span>{line}</span> });
    view! {
        <article class="paper" data-print="ink">
            <header class="masthead">
                <div>
                    <small>"Fleet report for supervisors"</small>
                    <h1>{sheet.title}</h1>
                </div>
                <div class="meta">{meta.collect_view()}</div>
            </header>
            <p class="lead"><Words parts=sheet.lead /></p>
            <dl class="figures">{figures.map(|(figure, is)| view! { <FigureTile figure=figure is=is /> }).collect_view()}</dl>
            <Decisions decide=sheet.decide />
            <Section id="course" title=conclusion note=measure>{chart}</Section>
            <Regions regions=sheet.regions note=sheet.regions_note />
            <Changes changes=sheet.changes note=sheet.changes_note enrolled=sheet.enrolled retired=sheet.retired />
            <WentWrong wrong=sheet.wrong note=sheet.wrong_note />
            <footer class="colophon">{colophon.collect_view()}</footer>
        </article>
    }
}

/// A sentence whose figures open their queries.
#[component]
fn Words(parts: Vec<Part>) -> impl IntoView {
    parts.into_iter().map(piece).collect_view()
}

fn piece(part: Part) -> AnyView {
    match part.condition {
        Some(condition) => {
            let href = Address::Devices(Search::of(condition)).href();
            view! { <a href=href><b>{part.text}</b></a> }
        }
        None => part.text.into_any(),
    }
}

#[component]
fn FigureTile(figure: Figure, is: Option<Is>) -> impl IntoView {
    view! {
        <div>
            <dt>{is.map(|is| view! { <Mark is=is /> })} " " {figure.name}</dt>
            <dd>{figure.figure} <small>{figure.unit}</small></dd>
            <dd>{figure.note}</dd>
            <dd>{piece(figure.now)}</dd>
        </div>
    }
}

#[component]
fn Decisions(decide: Vec<Decide>) -> impl IntoView {
    let is_empty = decide.is_empty();
    let row = |(number, it): (usize, Decide)| {
        view! {
            <li>
                <span class="num faint">{number}</span>
                <span><Words parts=it.question /> <small>{it.why}</small></span>
                <span class="sign">"Decision and initials"</span>
            </li>
        }
    };
    let rows = if is_empty {
        view! { <p>"Nothing: no device refuses, is disabled, or has been silent or different for over 7 days."</p> }
    } else {
        view! { <ol class="decide">{(1..).zip(decide).map(row).collect_view()}</ol> }
    };
    view! {
        <Section id="decide" title="To decide" note=if is_empty { "" } else { "as the fleet stands now" }.to_owned()>{rows}</Section>
    }
}

#[component]
fn Regions(regions: Vec<Region>, note: String) -> impl IntoView {
    let row = |region: Region| {
        let name = Part {
            text: region.name,
            condition: region.condition,
        };
        view! {
            <tr>
                <td>{piece(name)}</td>
                <td class="num">{region.devices}</td>
                <td class="num">{region.connected}</td>
                <td class="num">{region.converged}</td>
                <td class="num">{region.silent}</td>
            </tr>
        }
    };
    let note = if note.is_empty() {
        "now".to_owned()
    } else {
        format!("now; {note}")
    };
    view! {
        <Section id="regions" title="By region" note=note>
            <div class="scroll-x" tabindex="0" role="region" aria-label="Regions">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Region"</th>
                            <th scope="col" class="num">"Devices"</th>
                            <th scope="col" class="num">"Connected"</th>
                            <th scope="col" class="num">"As they should be"</th>
                            <th scope="col" class="num">"Silent"</th>
                        </tr>
                    </thead>
                    <tbody>{regions.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </Section>
    }
}

#[component]
fn Changes(changes: Vec<Change>, note: String, enrolled: Part, retired: String) -> impl IntoView {
    let is_empty = changes.is_empty();
    let row = |change: Change| {
        view! {
            <tr>
                <td>{change.what}</td>
                <td>{change.who}</td>
                <td class="num">{change.done}</td>
                <td class="num">{change.not_done}</td>
                <td>{change.reason}</td>
            </tr>
        }
    };
    let table = move || {
        view! {
            <div class="scroll-x" tabindex="0" role="region" aria-label="Changes">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Change"</th>
                            <th scope="col">"By"</th>
                            <th scope="col" class="num">"Times"</th>
                            <th scope="col" class="num">"Refused"</th>
                            <th scope="col">"Newest reason"</th>
                        </tr>
                    </thead>
                    <tbody>{changes.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    };
    let table = if is_empty {
        view! { <p>"Nobody changed anything."</p> }
    } else {
        table().into_any()
    };
    view! {
        <Section id="changes" title="Changes made to the fleet" note=note>
            <p>{piece(enrolled)} " enrolled in this period and still registered. " {retired}</p>
            {table}
        </Section>
    }
}

#[component]
fn WentWrong(wrong: Vec<Wrong>, note: String) -> impl IntoView {
    let is_empty = wrong.is_empty();
    let row = |it: Wrong| {
        view! {
            <li>
                <time title=it.exact>{it.time}</time>
                <Mark is=if it.is_gap { Is::Next } else { Is::Fault } />
                <div>
                    <p>{it.sentence}</p>
                    <small>{it.note}</small>
                </div>
            </li>
        }
    };
    let body = if is_empty {
        view! { <p>{note.clone()}</p> }
    } else {
        view! { <ol class="timeline">{wrong.into_iter().map(row).collect_view()}</ol> }
    };
    let beside = if is_empty { String::new() } else { note };
    view! { <Section id="wrong" title="What went wrong" note=beside>{body}</Section> }
}
