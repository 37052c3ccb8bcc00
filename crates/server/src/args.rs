//! The command line of `xunyi-center`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};
use xunyi_vault::KdfCost;

/// 巡医中心服务器 / Xunyi's center.
#[derive(Debug, Parser)]
#[command(name = "xunyi-center", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Where the center is.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// 数据文件夹 / data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// 密钥文件（在数据文件夹之外）/ key file, outside the data folder [default: DIR.key].
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// 数据库地址 / database, postgres://…; or the environment variable XUNYI_DATABASE [default: SQLite in DIR].
    #[arg(long, value_name = "ADDRESS")]
    pub database: Option<String>,
    /// 输出 JSON / answer in JSON.
    #[arg(long)]
    pub json: bool,
}

/// What a password costs to try.
#[derive(Clone, Copy, Debug, Args)]
pub struct Keys {
    /// 只用于测试：密码几乎不加密 / for tests only, and in no release: passwords guard nothing.
    #[cfg(debug_assertions)]
    #[arg(long)]
    cheap_keys: bool,
}

impl Keys {
    /// The cost of a new password; in a release always the real one.
    pub fn cost(self) -> KdfCost {
        #[cfg(debug_assertions)]
        if self.cheap_keys {
            return KdfCost::CHEAP;
        }
        KdfCost::ROAMING
    }
}

/// One command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// 建立中心 / make a center.
    Init {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 机构名称 / name of the health center.
        #[arg(long)]
        name: String,
        /// 机构编号 / number of the site.
        #[arg(long, default_value_t = 1)]
        site: u32,
    },
    /// 运行 / serve.
    Serve {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 监听地址 / address and port to listen on.
        #[arg(long, default_value = "0.0.0.0:8443")]
        listen: SocketAddr,
        /// 设备访问中心的地址，可多次 / how devices reach the center, best first, https://host:port.
        #[arg(long, value_name = "ADDRESS", action = ArgAction::Append)]
        address: Vec<String>,
    },
    /// 发放设备注册码 / give out an enrolment code.
    EnrolCode {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 设备名称 / name of the device.
        #[arg(long)]
        name: String,
        /// 排队字母 / letter before its queue numbers [default: the next free one].
        #[arg(long)]
        letter: Option<String>,
        /// 车辆 / the vehicle that it rides on: id, plate or name.
        #[arg(long)]
        vehicle: Option<String>,
        /// 有效分钟数 / minutes that the code holds.
        #[arg(long, default_value_t = 60)]
        valid_minutes: u32,
        /// 写进注册码的地址 / address in the code [default: the site's first].
        #[arg(long)]
        address: Option<String>,
    },
    /// 人员 / staff.
    Staff {
        /// What.
        #[command(subcommand)]
        what: StaffCommand,
    },
    /// 村 / villages.
    Village {
        /// What.
        #[command(subcommand)]
        what: VillageCommand,
    },
    /// 车辆 / vehicles.
    Vehicle {
        /// What.
        #[command(subcommand)]
        what: VehicleCommand,
    },
    /// 数据表 / reference tables.
    Table {
        /// What.
        #[command(subcommand)]
        what: TableCommand,
    },
    /// 设备 / devices.
    Device {
        /// What.
        #[command(subcommand)]
        what: DeviceCommand,
    },
    /// 停用设备 / revoke a device.
    Revoke {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 设备编号或名称 / the device: id or name.
        device: String,
    },
    /// 核对日志与数据 / check every chain, signature and projection.
    Verify {
        /// Where.
        #[command(flatten)]
        place: Place,
    },
    /// 备份（服务运行时也可以）/ make a backup, also while the center serves; it is read back and verified.
    Backup {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 备份文件，或放备份的文件夹 / the file, or the folder to put one in.
        #[arg(value_name = "FILE|FOLDER")]
        to: PathBuf,
    },
    /// 登记今后可能用来恢复的全部异地备份 / name every off-site backup that may still be restored; each is verified.
    Promise {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 备份文件 / the backups.
        #[arg(value_name = "FILE", required = true, num_args = 1..)]
        files: Vec<PathBuf>,
    },
    /// 从备份恢复 / put a center back from a backup.
    Restore {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 备份文件 / the backup.
        file: PathBuf,
        /// 替换已有的数据，旧数据保留在旁边 / replace what is there; the old data is kept beside it.
        #[arg(long)]
        replace: bool,
    },
    /// 恢复后还在等哪些设备 / whom a restored center waits for.
    Refill {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 不再等待 / end the wait.
        #[arg(long)]
        end: bool,
    },
    /// 演示数据 / the made-up township; its passwords are public.
    Demo {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 随机种子 / seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// 小村庄 / a hamlet for tests.
        #[arg(long)]
        small: bool,
        /// 基准测试的事件文件，代替演示乡镇 / a benchmark's event files in place of the township: what they need.
        #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["small", "seed"])]
        workload: Vec<PathBuf>,
        /// What a password costs to try.
        #[command(flatten)]
        keys: Keys,
        /// 机构编号 / number of the site.
        #[arg(long, default_value_t = 1)]
        site: u32,
    },
}

/// `staff …`
#[derive(Debug, Subcommand)]
pub enum StaffCommand {
    /// 新增 / add; the password comes from a prompt or XUNYI_PASSWORD.
    Add {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 姓名 / name.
        #[arg(long)]
        name: String,
        /// 角色，可多次 / role: gp, nurse, pharmacist, expert, admin, driver.
        #[arg(long, required = true, action = ArgAction::Append)]
        role: Vec<String>,
        /// 职称 / title.
        #[arg(long)]
        title: Option<String>,
        /// What a password costs to try.
        #[command(flatten)]
        keys: Keys,
    },
    /// 列出 / list.
    List {
        /// Where.
        #[command(flatten)]
        place: Place,
    },
    /// 重设密码 / give a new password.
    Password {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 编号或姓名 / id or name.
        staff: String,
        /// What a password costs to try.
        #[command(flatten)]
        keys: Keys,
    },
    /// 离职 / they no longer work here.
    Retire {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 编号或姓名 / id or name.
        staff: String,
    },
}

/// `village …`
#[derive(Debug, Subcommand)]
pub enum VillageCommand {
    /// 新增 / add.
    Add {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 村名 / name.
        #[arg(long)]
        name: String,
        /// 乡镇 / township.
        #[arg(long)]
        township: String,
        /// 组数 / how many groups.
        #[arg(long)]
        groups: Option<u16>,
    },
    /// 列出 / list.
    List {
        /// Where.
        #[command(flatten)]
        place: Place,
    },
}

/// `vehicle …`
#[derive(Debug, Subcommand)]
pub enum VehicleCommand {
    /// 新增 / add.
    Add {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 车牌 / plate.
        #[arg(long)]
        plate: String,
        /// 车名 / name.
        #[arg(long)]
        name: String,
    },
    /// 列出 / list.
    List {
        /// Where.
        #[command(flatten)]
        place: Place,
    },
}

/// `table …`
#[derive(Debug, Subcommand)]
pub enum TableCommand {
    /// 发布 / put a table file of the site's own in force.
    Publish {
        /// Where.
        #[command(flatten)]
        place: Place,
        /// 文件 / file.
        file: PathBuf,
    },
    /// 列出 / list.
    List {
        /// Where.
        #[command(flatten)]
        place: Place,
    },
}

/// `device …`
#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// 列出 / list.
    List {
        /// Where.
        #[command(flatten)]
        place: Place,
    },
}

impl Command {
    /// Where the center is.
    pub fn place(&self) -> &Place {
        match self {
            Self::Init { place, .. }
            | Self::Serve { place, .. }
            | Self::EnrolCode { place, .. }
            | Self::Revoke { place, .. }
            | Self::Verify { place }
            | Self::Backup { place, .. }
            | Self::Promise { place, .. }
            | Self::Restore { place, .. }
            | Self::Refill { place, .. }
            | Self::Demo { place, .. } => place,
            Self::Staff { what } => match what {
                StaffCommand::Add { place, .. }
                | StaffCommand::List { place }
                | StaffCommand::Password { place, .. }
                | StaffCommand::Retire { place, .. } => place,
            },
            Self::Village { what } => match what {
                VillageCommand::Add { place, .. } | VillageCommand::List { place } => place,
            },
            Self::Vehicle { what } => match what {
                VehicleCommand::Add { place, .. } | VehicleCommand::List { place } => place,
            },
            Self::Table { what } => match what {
                TableCommand::Publish { place, .. } | TableCommand::List { place } => place,
            },
            Self::Device { what } => match what {
                DeviceCommand::List { place } => place,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_password_is_taken_as_an_argument() {
        let tried = Arguments::try_parse_from([
            "xunyi-center",
            "staff",
            "add",
            "--data",
            "d",
            "--name",
            "n",
            "--role",
            "gp",
            "--password",
            "x",
        ]);
        assert!(tried.is_err());
    }
}
