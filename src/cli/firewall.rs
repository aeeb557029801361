//! `firewall`: who dials whom in a mesh, as a list for people and programs, and as rules for one machine.

use std::io::{BufWriter, Write};
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;

use crate::diag::shell_word;
use crate::firewall::{Asked, Chosen, Firewall, Machine, PEER_PORT, Ruleset};
use crate::ledger::Unit;
use crate::lint::CheckedMesh;
use crate::plan::BundleKind;
use crate::render::{RenderError, RulesetForm, Templates};
use crate::report::{FirewallReport, print_firewall, print_firewall_csv, print_firewall_markdown, print_json};

use super::firewall_check::CheckArgs;
use super::load::Loaded;
use super::reporting::{Format, Reporting};
use super::{Exit, Failure, clock, exit, load, out};

const EXAMPLES: &str = "\
A ruleset is for one machine. `nft` is a table of its own, and `nft-include` a chain for a table of yours.

Examples:
  meshbundle firewall                                     the whole list, for people
  meshbundle firewall meshes/prod.yaml --for oslo         what concerns one cluster
  meshbundle firewall --format csv >ticket.csv            each line with every address, for those who run the firewalls
  meshbundle firewall --format nft --for oslo/node/n1 | ssh n1 nft -f -
  meshbundle firewall --format firewalld --for oslo/member/etcd1 --admin 10.0.0.5 >meshbundle.xml
  meshbundle firewall --format json | jq -r '.units[]'    the machines that have a ruleset
  meshbundle firewall --check --for oslo/node/n1          on that node: which line is missing?";

/// List who dials whom: ports, protocols and the reason of each line; print the rules of a machine; try which line is missing
#[derive(clap::Args)]
#[command(after_help = exit::FIREWALL.below(EXAMPLES))]
pub(super) struct FirewallVerb {
    /// The mesh
    #[arg(value_name = "MESH", default_value = load::DEFAULT)]
    mesh: PathBuf,
    /// Only what concerns a CLUSTER, CLUSTER/node/NAME or CLUSTER/member/NAME. Of a ruleset: the machine; may be repeated if one machine
    /// is several of them
    #[arg(long = "for", value_name = "SELECTOR", value_parser = selected)]
    chosen: Vec<Selected>,
    /// Form of the list, or of the rules of a machine
    #[arg(long, value_enum, default_value_t)]
    format: FirewallFormat,
    /// Address or range of a machine where people run `probe --members` or `etcd-auth.sh`; may be repeated
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    admin: Vec<IpNet>,
    /// TCP port of clients of members [default: that of the endpoints]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    client_port: Option<u16>,
    /// TCP port of members among themselves
    #[arg(long, value_name = "PORT", default_value_t = PEER_PORT, value_parser = clap::value_parser!(u16).range(1..))]
    peer_port: u16,
    #[command(flatten)]
    check: CheckArgs,
}

/// The form of what `firewall` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum FirewallFormat {
    /// For people
    #[default]
    Text,
    /// Markdown
    Md,
    /// For a ticket or a sheet
    Csv,
    /// For programs, in a shape with a version
    Json,
    /// A machine's rules: an nftables table of its own
    Nft,
    /// A machine's rules: a chain for an nftables table of yours
    NftInclude,
    /// A machine's rules: a policy for `/etc/firewalld/policies`
    Firewalld,
}

/// What the user has chosen, before it is known whether the mesh has it.
#[derive(Debug, Clone)]
enum Selected {
    Cluster(String),
    Node(String, String),
    Member(String, String),
}

impl FirewallVerb {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let loaded = load::load(&self.mesh, clock::now()?)?;
        let Some(mesh) = &loaded.checked else { return self.refuse(&loaded) };
        let chosen = self.chosen.iter().map(|selected| selected.of(mesh)).collect::<Result<Vec<_>, _>>()?;
        let asked = Asked { client_port: self.client_port, peer_port: self.peer_port, administrators: self.admin.clone() };
        let firewall = Firewall::of(mesh, &asked);
        if self.check.check {
            let format = match self.format {
                FirewallFormat::Text => Format::Text,
                FirewallFormat::Json => Format::Json,
                _ => return Err(Failure::Usage("--check prints text or JSON: use `--format json`".to_owned())),
            };
            return self.check.run(&firewall, &self.machines(&chosen, "--check")?, format);
        }
        let form = match self.format {
            FirewallFormat::Text | FirewallFormat::Md | FirewallFormat::Csv | FirewallFormat::Json => {
                return self.print_list(mesh, &firewall.about(&chosen));
            }
            FirewallFormat::Nft => RulesetForm::NftTable,
            FirewallFormat::NftInclude => RulesetForm::NftInclude,
            FirewallFormat::Firewalld => RulesetForm::Firewalld,
        };
        let machines = self.machines(&chosen, "a ruleset")?;
        let broken = |error| Failure::Generate(RenderError::from(error).into());
        let text = Templates::new().and_then(|templates| templates.ruleset(&Ruleset::of(&firewall, &machines), form));
        out::stdout().write_all(text.map_err(broken)?.as_bytes()).map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }

    fn refuse(&self, loaded: &Loaded) -> Result<Exit, Failure> {
        match self.format {
            FirewallFormat::Text => loaded.refuse(&Reporting::plain(Format::Text)),
            FirewallFormat::Json => loaded.refuse(&Reporting::plain(Format::Json)),
            _ => Ok(loaded.refuse_on_stderr()),
        }
    }

    fn print_list(&self, mesh: &CheckedMesh, firewall: &Firewall<'_>) -> Result<Exit, Failure> {
        let machines = Machine::all(mesh);
        let report = FirewallReport::of(firewall, &machines);
        let mut out = BufWriter::new(out::stdout());
        match self.format {
            FirewallFormat::Md => print_firewall_markdown(&mut out, &report),
            FirewallFormat::Csv => print_firewall_csv(&mut out, &report),
            FirewallFormat::Json => print_json(&mut out, &report),
            FirewallFormat::Text | FirewallFormat::Nft | FirewallFormat::NftInclude | FirewallFormat::Firewalld => {
                print_firewall(&mut out, &report)
            }
        }
        .and_then(|()| out.flush())
        .map_err(Failure::Stdout)?;
        Ok(Exit::Clean)
    }

    /// The one machine that was chosen, with all that runs on it.
    fn machines<'a>(&self, chosen: &[Chosen<'a>], what: &str) -> Result<Vec<Machine<'a>>, Failure> {
        let mut machines: Vec<Machine<'a>> = Vec::new();
        for chosen in chosen {
            match chosen {
                Chosen::Cluster(cluster) => {
                    let help = format!("write `{0}/node/NAME` or `{0}/member/NAME`; {1}", cluster.name, self.listing());
                    return Err(Failure::Usage(format!(
                        "{what} is for one machine, and `{}` is a cluster\nhelp: {help}",
                        cluster.name
                    )));
                }
                Chosen::Machine(machine) => {
                    let new = machine.with_others_on_it().into_iter();
                    let is_new = |new: &Machine<'_>| !machines.iter().any(|known| known.to_string() == new.to_string());
                    let new: Vec<_> = new.filter(is_new).collect();
                    machines.extend(new);
                }
            }
        }
        if machines.is_empty() {
            let help = format!("name it: `--for CLUSTER/node/NAME` or `--for CLUSTER/member/NAME`; {}", self.listing());
            return Err(Failure::Usage(format!("{what} is for one machine\nhelp: {help}")));
        }
        Ok(machines)
    }

    /// The command that lists machines.
    fn listing(&self) -> String {
        let mesh = shell_word(&self.mesh.display().to_string());
        format!("`meshbundle firewall {mesh} --format json | jq -r '.units[]'` lists them")
    }
}

impl Selected {
    fn of<'a>(&self, mesh: &'a CheckedMesh) -> Result<Chosen<'a>, Failure> {
        let (found, text) = match self {
            Self::Cluster(name) => (Chosen::cluster(mesh, name), name.clone()),
            Self::Node(cluster, name) => (Chosen::node(mesh, cluster, name), format!("{cluster}/node/{name}")),
            Self::Member(cluster, name) => (Chosen::member(mesh, cluster, name), format!("{cluster}/member/{name}")),
        };
        found.map_err(|_| {
            let help = "write CLUSTER, CLUSTER/node/NAME or CLUSTER/member/NAME, with names of the mesh; a cluster without `nodes` has the node `any`";
            Failure::Usage(format!("the mesh has no `{}`\nhelp: {help}", text.escape_debug()))
        })
    }
}

fn selected(text: &str) -> Result<Selected, &'static str> {
    const FORMS: &str = "write CLUSTER, CLUSTER/node/NAME or CLUSTER/member/NAME";
    if !text.contains('/') {
        return Ok(Selected::Cluster(text.to_owned()));
    }
    let bundle = text.parse::<Unit>().and_then(Unit::into_bundle).map_err(|_| FORMS)?;
    let cluster = bundle.cluster().to_owned();
    match bundle.kind() {
        BundleKind::Node(name) => Ok(Selected::Node(cluster, name.clone())),
        BundleKind::Member(name) => Ok(Selected::Member(cluster, name.clone())),
        BundleKind::Etcd | BundleKind::Operator | BundleKind::Helm => Err(FORMS),
    }
}

/// An address, or a range of them.
fn address(text: &str) -> Result<IpNet, String> {
    let one = text.parse::<IpAddr>().map(IpNet::from).ok();
    one.or_else(|| text.parse().ok()).ok_or_else(|| "write an address, or a range such as `10.0.0.0/28`".to_owned())
}
