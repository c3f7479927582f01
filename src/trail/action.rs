//! What can be done, by its stable code.

/// What can be done, with ODK Central's codes where it has the act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    UserCreate,
    UserDisable,
    UserAssign,
    SessionCreate,
    SessionEnd,
    SecondFactorBegin,
    SecondFactorConfirm,
    SecondFactorEnd,
    ProjectCreate,
    ProjectUpdate,
    DeviceCreate,
    DeviceRevoke,
    FormCreate,
    FormUpdate,
    DraftSet,
    DraftDelete,
    FormPublish,
    AttachmentUpdate,
    ReviewAsk,
    ReviewDecide,
    SuspensionBegin,
    SuspensionLift,
    FrameSet,
    ReferralsSet,
    WeightsCreate,
    ReleaseCreate,
    ReleaseApprove,
    ReleaseDelete,
    TableRead,
    OwnWordsRead,
    OwnWordsCode,
    OwnWordsErase,
    SetAsideRelease,
    SetAsideDestroy,
    SetAsideOpen,
    LinkCut,
}

impl Action {
    pub const ALL: [Action; 36] = [
        Action::UserCreate,
        Action::UserDisable,
        Action::UserAssign,
        Action::SessionCreate,
        Action::SessionEnd,
        Action::SecondFactorBegin,
        Action::SecondFactorConfirm,
        Action::SecondFactorEnd,
        Action::ProjectCreate,
        Action::ProjectUpdate,
        Action::DeviceCreate,
        Action::DeviceRevoke,
        Action::FormCreate,
        Action::FormUpdate,
        Action::DraftSet,
        Action::DraftDelete,
        Action::FormPublish,
        Action::AttachmentUpdate,
        Action::ReviewAsk,
        Action::ReviewDecide,
        Action::SuspensionBegin,
        Action::SuspensionLift,
        Action::FrameSet,
        Action::ReferralsSet,
        Action::WeightsCreate,
        Action::ReleaseCreate,
        Action::ReleaseApprove,
        Action::ReleaseDelete,
        Action::TableRead,
        Action::OwnWordsRead,
        Action::OwnWordsCode,
        Action::OwnWordsErase,
        Action::SetAsideRelease,
        Action::SetAsideDestroy,
        Action::SetAsideOpen,
        Action::LinkCut,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Action::UserCreate => "user.create",
            Action::UserDisable => "user.disable",
            Action::UserAssign => "user.assignment.create",
            Action::SessionCreate => "user.session.create",
            Action::SessionEnd => "user.session.end",
            Action::SecondFactorBegin => "user.second_factor.begin",
            Action::SecondFactorConfirm => "user.second_factor.confirm",
            Action::SecondFactorEnd => "user.second_factor.end",
            Action::ProjectCreate => "project.create",
            Action::ProjectUpdate => "project.update",
            Action::DeviceCreate => "field_key.create",
            Action::DeviceRevoke => "field_key.session.end",
            Action::FormCreate => "form.create",
            Action::FormUpdate => "form.update",
            Action::DraftSet => "form.update.draft.set",
            Action::DraftDelete => "form.update.draft.delete",
            Action::FormPublish => "form.update.publish",
            Action::AttachmentUpdate => "form.attachment.update",
            Action::ReviewAsk => "review.ask",
            Action::ReviewDecide => "review.decide",
            Action::SuspensionBegin => "suspension.begin",
            Action::SuspensionLift => "suspension.lift",
            Action::FrameSet => "frame.set",
            Action::ReferralsSet => "referrals.set",
            Action::WeightsCreate => "weights.create",
            Action::ReleaseCreate => "release.create",
            Action::ReleaseApprove => "release.approve",
            Action::ReleaseDelete => "release.delete",
            Action::TableRead => "table.read",
            Action::OwnWordsRead => "own_words.read",
            Action::OwnWordsCode => "own_words.code",
            Action::OwnWordsErase => "own_words.erase",
            Action::SetAsideRelease => "set_aside.release",
            Action::SetAsideDestroy => "set_aside.destroy",
            Action::SetAsideOpen => "set_aside.open",
            Action::LinkCut => "link.cut",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_each_of_one_act() {
        let codes: Vec<&str> = Action::ALL.iter().map(|a| a.code()).collect();
        assert!(codes.iter().enumerate().all(|(place, code)| !codes[..place].contains(code)));
    }
}
