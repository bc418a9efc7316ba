package pix

import (
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// TopicWebhook is the topic of notices to webhooks.
const TopicWebhook Topic = "webhook"

// Notice names what a webhook tells of, in the contract's words (§7.1).
type Notice string

// The notices. An account has at most one webhook for each.
const (
	NoticeCashIn      Notice = "cash_in"
	NoticeCashOut     Notice = "cash_out"
	NoticeRefundIn    Notice = "refund_in"
	NoticeRefundOut   Notice = "refund_out"
	NoticeMEDCreated  Notice = "med_created"
	NoticeMEDAccepted Notice = "med_accepted"
	NoticeMEDRejected Notice = "med_rejected"
	// NoticeBalanceAlert tells of an alert on a balance. It is not of the contract.
	NoticeBalanceAlert Notice = "balance_alert"
)

// NoticeDailyReport names what tells of a day's report on an alert channel. No
// webhook is set for it.
const NoticeDailyReport Notice = "daily_report"

// Notices lists all notices.
func Notices() []Notice {
	return []Notice{
		NoticeCashIn, NoticeCashOut, NoticeRefundIn, NoticeRefundOut,
		NoticeMEDCreated, NoticeMEDAccepted, NoticeMEDRejected, NoticeBalanceAlert,
	}
}

// MED tells whether the notice is of a MED case, not of a movement.
func (n Notice) MED() bool { return strings.HasPrefix(string(n), "med_") }

// NoticeOf returns the notice that tells of movements of a kind; empty if none
// does.
func NoticeOf(k Kind) Notice {
	switch k {
	case Receipt:
		return NoticeCashIn
	case Payment:
		return NoticeCashOut
	case ReturnSent:
		return NoticeRefundIn
	case ReturnReceived:
		return NoticeRefundOut
	}
	return ""
}

// notify leaves a notice of a final movement to the webhook of its account, if
// there is one for it. A return stands behind what it gives back.
func (b *Books) notify(m Movement) {
	n := NoticeOf(m.Kind)
	if !b.wantsNotice(m.Account, n) {
		return
	}
	subject := uint64(m.ID)
	if m.Parent != 0 && (m.Kind == ReturnSent || m.Kind == ReturnReceived) {
		subject = uint64(m.Parent)
	}
	b.leaveNotice(m.Account, n, subject, uint64(m.ID), m.UpdatedAt)
}

// notifyCase leaves a notice of a MED case to the webhook of its account, if
// there is one for it. number is the case's.
func (b *Books) notifyCase(account ledger.AccountID, n Notice, number uint64) {
	if !b.wantsNotice(account, n) {
		return
	}
	// Any time that has come will do.
	due := time.Unix(0, 0).UTC()
	if holder, _ := b.Accounts.Get(account); !holder.LastAt.IsZero() {
		due = holder.LastAt
	}
	b.leaveNotice(account, n, number, number, due)
}

func (b *Books) wantsNotice(account ledger.AccountID, n Notice) bool {
	profile, ok := b.Profiles.Get(account)
	if !ok || profile.Settings.Webhooks == nil {
		return false
	}
	e, ok := profile.Settings.Webhooks.Endpoint(n)
	return ok && !e.Paused
}

func (b *Books) leaveNotice(account ledger.AccountID, n Notice, subject, number uint64, due time.Time) {
	key := JobKey{TopicWebhook, b.NextNumber()}
	job := Job{JobKey: key, Account: account, Subject: subject, Due: due, Note: string(n)}
	if number != subject {
		job.Note += " " + strconv.FormatUint(number, 10)
	}
	b.Jobs.Put(key, job)
}

// Notice returns what a job of TopicWebhook is to tell, and of which movement or
// case.
func (j Job) Notice() (n Notice, number uint64) {
	name, text, other := strings.Cut(j.Note, " ")
	if !other {
		return Notice(name), j.Subject
	}
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return "", 0 // not a note that leaveNotice wrote
	}
	return Notice(name), number
}
