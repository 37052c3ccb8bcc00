//! Codes of what the center says no to, with a sentence in Chinese and in English for each. Codes never change;
//! sentences may.

/// What kind of failure a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// What was asked for cannot be: wrong input, taken, unknown.
    Refused,
    /// The center is not there, is there already, or is opened the wrong way.
    SetUp,
    /// Disk or database failed.
    Storage,
    /// The network.
    Network,
}

impl Class {
    /// Exit status of a command. (2 is wrong usage, said by the argument parser.)
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Refused => 3,
            Self::SetUp => 4,
            Self::Storage => 5,
            Self::Network => 6,
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $class:ident, $zh:literal, $en:literal;)*) => {
        /// A stable code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// As it stands in answers and messages.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Which kind of failure.
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)* }
            }
        }

        const OWN: &[(&str, &str, &str)] = &[$(($code, $zh, $en),)*];
    };
}

codes! {
    /// No center in this folder.
    NoCenter = "center.not_found", SetUp, "这个文件夹里没有中心的数据。", "There is no center in this folder.";
    /// A center is in this folder already.
    CenterExists = "center.exists", SetUp, "这个文件夹里已经有一个中心。", "A center is in this folder already.";
    /// The center was made with another kind of database.
    OtherDatabase = "center.other_database", SetUp, "这个中心用的是另一种数据库。", "This center was made with another kind of database.";
    /// A restored center waits for its devices.
    Refilling = "center.refilling", SetUp, "这个中心刚从备份恢复，正在等各设备把备份之后的内容补回来，暂时不能改人员、设备和设置。请让每台设备同步一次；有设备回不来时，用 refill --end 结束等待。", "This center was just restored from a backup and waits until its devices have brought back what came after it; staff, devices and settings cannot be changed yet. Let every device sync once; where one will not come back, end the wait with refill --end.";
    /// Restoring would overwrite something.
    InTheWay = "restore.in_the_way", SetUp, "这里已经有数据，什么都没有恢复，原有数据没有动。要替换请加 --replace，旧数据会保留在旁边。", "There is data here already; nothing was restored and nothing was touched. To replace it add --replace: the old data is kept beside it.";
    /// A file that is no backup of a center.
    BackupNotOne = "backup.not_one", Refused, "这个文件不是中心的备份，什么都没有改动。", "This file is not a backup of a center; nothing was changed.";
    /// A backup of another center.
    BackupOfAnother = "backup.of_another", Refused, "这是另一个中心的备份，什么都没有改动。", "This is a backup of another center; nothing was changed.";
    /// A promise that would be broken.
    BackupBeforeWatermark = "backup.before_watermark", Refused, "设备已经按更新的备份来保留数据，不能再改为依靠这个更旧的备份。什么都没有改动。", "Devices already rely on a newer backup; this older one can no longer be promised. Nothing was changed.";
    /// A file of benchmark events cannot be read.
    WorkloadUnreadable = "demo.workload_unreadable", Refused, "这个基准测试文件无法读取，没有写入任何内容。", "This file of benchmark events cannot be read; nothing was written.";
    /// The folder's settings cannot be read.
    FolderUnreadable = "center.folder_unreadable", SetUp, "中心文件夹里的设置无法读取。", "The settings in the center's folder cannot be read.";
    /// The key lies inside the data folder.
    KeyInside = "key.inside_data", SetUp, "密钥文件不能放在数据文件夹里。", "The key file must not lie inside the data folder.";
    /// There is no key file.
    KeyMissing = "key.missing", SetUp, "找不到密钥文件。", "The key file is missing.";
    /// The key file is not one of ours.
    KeyMalformed = "key.malformed", SetUp, "密钥文件的内容不对。", "The key file does not hold a key.";
    /// Others may read the key file.
    KeyOpen = "key.readable_by_others", SetUp, "其他用户可以读取密钥文件，请改为只有本用户可读。", "Other users may read the key file; make it readable by its owner only.";
    /// The key does not open what was sealed.
    KeyWrong = "key.wrong", SetUp, "这把密钥打不开这个中心。", "The key does not open this center.";
    /// A database address that cannot be read.
    DatabaseAddress = "store.database_address", SetUp, "数据库地址无法读取。", "The database address cannot be read.";
    /// PostgreSQL on another machine.
    PostgresNeedsTls = "store.postgres_needs_tls", SetUp, "到其他机器上的数据库的连接还没有加密，只接受本机的数据库。", "Links to a database on another machine are not encrypted yet; only one on this machine is accepted.";
    /// PostgreSQL does not keep what it acknowledges.
    PostgresSetting = "store.postgres_setting", SetUp, "数据库的设置不能保证数据写到磁盘上。", "The database is set up in a way that does not keep what it acknowledges.";
    /// The database does not answer.
    Unreachable = "store.unreachable", Storage, "数据库没有回应。", "The database does not answer.";
    /// The database failed.
    Failed = "store.failed", Storage, "数据库出错。", "The database failed.";
    /// What was stored cannot be read back.
    Damaged = "store.damaged", Storage, "数据库已损坏。", "The database is damaged.";
    /// The system failed.
    System = "system.failed", Storage, "系统调用失败。", "The system refused a call.";
    /// The port cannot be had.
    Listen = "serve.cannot_listen", Network, "无法使用这个地址和端口。", "This address and port cannot be used.";
    /// An address that is none.
    AddressUnusable = "address.unusable", Refused, "地址不对，应为 https://主机:端口。", "The address is not of the form https://host:port.";
    /// No address to put into a code.
    NoAddress = "address.none", Refused, "还没有设置中心的地址，请用 --address 指定。", "The center has no address yet; give one with --address.";
    /// A name that cannot be used.
    NameUnusable = "name.unusable", Refused, "名称为空、太长或含有不能用的字符。", "The name is empty, too long or holds characters that cannot be used.";
    /// Nobody and nothing of that name or id.
    Unknown = "record.unknown", Refused, "没有这条记录。", "There is no such record.";
    /// More than one of that name.
    Ambiguous = "record.ambiguous", Refused, "这个名称不止一个，请用编号。", "More than one has this name; use the id.";
    /// A record that is too large for one change.
    RecordTooLarge = "record.too_large", Refused, "内容太大，无法保存。", "It is too large to be saved.";
    /// A role that is none.
    RoleUnknown = "staff.role_unknown", Refused, "没有这个角色。", "There is no such role.";
    /// They have left.
    StaffLeft = "staff.left", Refused, "此人已经离职。", "This person no longer works here.";
    /// No password was given.
    NoPassword = "password.none", Refused, "没有给出密码：请在终端里输入，或用环境变量 XUNYI_PASSWORD。", "No password was given: type it at a terminal, or set XUNYI_PASSWORD.";
    /// The two passwords typed differ.
    PasswordsDiffer = "password.differ", Refused, "两次输入的密码不一样。", "The two passwords differ.";
    /// A letter that is none.
    LetterShape = "enrol.letter_shape", Refused, "排队字母应为一到两个大写英文字母。", "A letter is one or two capital letters.";
    /// Another device of the vehicle has this letter.
    LetterTaken = "enrol.letter_taken", Refused, "同一辆车上已有设备使用这个字母。", "Another device of the vehicle has this letter.";
    /// No letter is left.
    NoLetter = "enrol.no_letter_free", Refused, "没有可用的排队字母了。", "No letter is free.";
    /// A time of validity that makes no sense.
    ValidityRange = "enrol.validity_range", Refused, "注册码的有效时间应为 1 分钟到 7 天。", "A code is valid for one minute to seven days.";
    /// No code with this token.
    EnrolCodeUnknown = "enrol.code_unknown", Refused, "注册码不对。", "The enrolment code is not known.";
    /// The code was used by another device.
    EnrolCodeUsed = "enrol.code_used", Refused, "注册码已经被另一台设备用过。", "The enrolment code was used by another device.";
    /// The code has expired.
    EnrolCodeExpired = "enrol.code_expired", Refused, "注册码已过期。", "The enrolment code has expired.";
    /// The sender does not hold the key, or meant another center.
    EnrolProof = "enrol.proof", Refused, "注册请求的签名不对。", "The proof in the request does not fit.";
    /// Not a request at all.
    EnrolMalformed = "enrol.malformed", Refused, "注册请求无法读取。", "The enrolment request cannot be read.";
    /// Too many wrong codes from there.
    EnrolTooMany = "enrol.too_many_attempts", Refused, "错误的注册码太多，请稍后再试。", "Too many wrong codes; try again later.";
    /// The request needs a device's certificate.
    CertificateRequired = "device.certificate_required", Refused, "需要设备证书。", "A device certificate is required.";
    /// The certificate cannot be used.
    CertificateBad = "device.certificate_bad", Refused, "证书不可用。", "The certificate cannot be used.";
    /// The certificate has ended.
    CertificateExpired = "device.certificate_expired", Refused, "设备证书已过期。", "The device certificate has expired.";
    /// The device was revoked.
    DeviceRevoked = "device.revoked", Refused, "这台设备已被停用。", "This device was revoked.";
    /// Bytes that are no exchange.
    SyncForeign = "sync.foreign", Refused, "收到的不是同步数据。", "This is not an exchange.";
    /// A message that is too large.
    SyncTooLarge = "sync.too_large", Refused, "同步数据太大。", "A message is too large.";
    /// A message that cannot be read.
    SyncMalformed = "sync.malformed", Refused, "同步数据无法读取。", "A message cannot be read.";
    /// A message out of turn.
    SyncOutOfTurn = "sync.out_of_turn", Refused, "同步数据的顺序不对。", "A message is out of turn.";
    /// No protocol in common.
    SyncTooOld = "sync.protocol_too_old", Refused, "设备与中心的程序版本相差太大，请升级。", "Device and center have no protocol in common; upgrade.";
    /// Nothing came for too long.
    SyncStalled = "sync.stalled", Refused, "太久没有收到数据。", "Nothing came for too long.";
    /// No table of this hash.
    TableUnknown = "table.unknown", Refused, "没有这张数据表。", "There is no such table.";
    /// A table that cannot be read.
    TableMalformed = "table.malformed", Refused, "数据表无法读取。", "The table cannot be read.";
    /// No such page.
    NotFound = "http.not_found", Refused, "没有这个地址。", "There is no such page.";
}

/// Codes of the crates below, for the same two sentences.
const BELOW: &[(&str, &str, &str)] = &[
    (
        "store.sqlite_too_old",
        "SQLite 的版本太旧。",
        "SQLite is too old.",
    ),
    (
        "store.wrong_key",
        "这把密钥打不开数据库。",
        "The key does not open the database.",
    ),
    (
        "store.database_newer",
        "数据库由更新版本的程序写成。",
        "A newer version of the program wrote the database.",
    ),
    (
        "store.migration_changed",
        "数据库的结构与本程序不符。",
        "The database was built by another program.",
    ),
    (
        "store.migration_failed",
        "数据库升级失败。",
        "The database could not be brought up to date.",
    ),
    (
        "store.migration_order",
        "程序内的数据库升级步骤有误。",
        "The program's migrations are out of order.",
    ),
    (
        "store.setting_refused",
        "数据库没有接受必须的设置。",
        "The database did not take a setting that it must have.",
    ),
    ("store.disk_full", "磁盘已满。", "The disk is full."),
    (
        "store.read_only",
        "数据文件夹不可写。",
        "The data folder cannot be written to.",
    ),
    (
        "store.folder_in_use",
        "另一个进程正在使用这个文件夹。",
        "Another process works on this folder.",
    ),
    (
        "store.backup_exists",
        "这个名字的文件已经存在，没有覆盖，也没有备份。请换一个名字。",
        "A file of this name exists; it was not overwritten and no backup was made. Choose another name.",
    ),
    (
        "store.backup_unsound",
        "备份没有通过核对，不能使用。如果是刚做的备份，它已被删除；请先对中心运行 verify。",
        "The backup did not pass its checks and cannot be used. One that was just made has been removed; run verify on the center first.",
    ),
    ("store.busy", "数据库正忙。", "The database is busy."),
    ("store.io", "文件系统出错。", "The file system failed."),
    ("store.sqlite", "数据库出错。", "The database failed."),
    (
        "unlock.password_too_weak",
        "密码太弱：至少 10 个字符，不要用姓名、日期、常见词。",
        "The password is too weak: at least 10 characters, no names, dates or common words.",
    ),
    (
        "journal.unreadable",
        "日志条目无法读取。",
        "An entry cannot be read.",
    ),
    (
        "journal.broken_chain",
        "日志链断开。",
        "The chain of a feed is broken.",
    ),
    (
        "journal.false_signature",
        "日志签名不对。",
        "A signature is false.",
    ),
    (
        "journal.wrong_actor",
        "条目冒用了别人的身份。",
        "A change is in another's name.",
    ),
    (
        "journal.gap",
        "日志中间缺了条目。",
        "Entries in between are missing.",
    ),
    (
        "journal.fork",
        "同一位置有两个不同的条目。",
        "Two entries claim one place.",
    ),
];

/// The sentences for a code, Chinese and English.
pub fn words(code: &str) -> (&'static str, &'static str) {
    OWN.iter()
        .chain(BELOW)
        .find(|(known, _, _)| *known == code)
        .map_or(("出错了。", "Something failed."), |(_, zh, en)| {
            (zh, en)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_told_apart_and_have_an_area() {
        let mut seen = BTreeSet::new();
        for (code, zh, en) in OWN {
            assert!(seen.insert(code), "{code} twice");
            assert!(code.contains('.') && !zh.is_ascii() && !en.is_empty());
        }
    }

    #[test]
    fn every_class_has_its_own_exit_status() {
        let all = [Class::Refused, Class::SetUp, Class::Storage, Class::Network];
        let statuses: BTreeSet<_> = all.iter().map(|class| class.exit_status()).collect();
        assert_eq!(statuses, [3, 4, 5, 6].into());
    }
}
