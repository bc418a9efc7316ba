package pix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// Watch has the rules of accounts judge the entries made from place from on, each
// for itself and in order. Whoever lets commands decide calls it after each. What
// the rules conclude is part of the same commit: there is no entry that they miss,
// and none that they judge twice.
func (b *Books) Watch(from int) {
	for _, e := range b.Entries()[from:] {
		for i := range e.Lines {
			line := &e.Lines[i]
			if line.Account.Role() != ledger.Customer {
				continue
			}
			profile, ok := b.Profiles.Get(line.Account)
			if !ok || profile.Settings.Alerts == nil {
				continue
			}
			m, known := b.Movements.Get(MovementID(e.About))
			b.judge(profile, sight{
				at: line.At, balance: line.After(), entry: line.Number,
				receipt: known && m.Kind == Receipt && m.Account == line.Account && line.Posted > 0,
			})
		}
	}
}

// judge lets the rules of an account judge a sight and writes down what they
// conclude. Where nothing begins or ends nothing is written.
func (b *Books) judge(profile Profile, s sight) {
	a := profile.Settings.Alerts
	s.base, s.based = a.Base, !a.BaseAt.IsZero()
	rules, told, again, changed := judge(a.Rules, &s, b.NextNumber)
	next := *a
	next.Rules = rules
	for _, t := range told {
		b.announce(profile.ID, &next, &s, t)
		next.Written++
	}
	if next.Written >= AlertTrim {
		again = earlier(again, s.at)
	}
	if next.MeasuresPace() {
		again = earlier(again, a.BaseAt.Add(AlertRebase))
	}
	changed = b.wake(profile.ID, &next, again) || changed
	if changed {
		profile.Settings.Alerts = &next
		b.Profiles.Put(profile.ID, profile)
	}
}

// MeasuresPace tells whether a rule needs to know the pace of the last day.
func (a *Alerts) MeasuresPace() bool {
	return slices.ContainsFunc(a.Rules, func(r AlertRule) bool { return r.Kind == AlertRunwayBelow && !r.Paused })
}

// wake leaves a job that looks at the account at at, unless one comes no later
// already. One that comes later stays, and finds that it does not count. It tells
// whether it changed a.
func (b *Books) wake(account ledger.AccountID, a *Alerts, at time.Time) bool {
	if at.IsZero() || a.Wake != 0 && !at.Before(a.WakeAt) {
		return false
	}
	key := JobKey{TopicAlertWatch, b.NextNumber()}
	b.Jobs.Put(key, Job{JobKey: key, Account: account, Subject: key.ID, Due: at})
	a.Wake, a.WakeAt = key.ID, at
	return true
}

// announce writes down an event of an alert and leaves it to the channels of its
// rule. That a graver alert took its place, or that its rule is gone, is told to
// programs only.
func (b *Books) announce(account ledger.AccountID, a *Alerts, s *sight, t telling) {
	event := AlertEvent{
		ID: b.NextNumber(), Account: account, What: t.what, At: s.at, Figures: s.figures(), Alert: t.alert,
	}
	b.keep(EventRecordKey(event.ID), t.alert.ID, event.ID, event)
	if t.alert.Outcome != "" {
		b.keep(AlertRecordKey(t.alert.ID), uint64(account), t.alert.ID, t.alert)
	}
	quiet := t.alert.Outcome == AlertSuperseded || t.alert.Outcome == AlertWithdrawn
	for _, id := range a.Rules[t.rule].Channels {
		channel, ok := a.Channel(id)
		switch {
		case !ok:
		case channel.Kind != ChannelWebhook:
			if !quiet {
				b.leaveAlert(account, channel.ID, event)
			}
		case b.wantsNotice(account, NoticeBalanceAlert):
			b.leaveNotice(account, NoticeBalanceAlert, t.alert.ID, event.ID, s.at)
		}
	}
}

func (b *Books) keep(key RecordKey, owner, number uint64, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("pix: %v: %v", key, err)) // plain data can always be encoded
	}
	b.Records.Put(key, Record{RecordKey: key, Owner: owner, Number: number, Body: body})
}

// leaveAlert leaves an event to a channel. The events of one alert reach one
// channel in order, and nothing waits for another channel's.
func (b *Books) leaveAlert(account ledger.AccountID, channel uint64, e AlertEvent) {
	key := JobKey{TopicAlertNotify, b.NextNumber()}
	b.Jobs.Put(key, Job{
		JobKey: key, Account: account, Subject: e.Alert.ID ^ channel, Due: e.At,
		Note: strconv.FormatUint(channel, 10) + " " + strconv.FormatUint(e.ID, 10),
	})
}

// AlertNotice returns which channel a job of TopicAlertNotify tells of which
// event; zero where the note is none.
func (j Job) AlertNotice() (channel, event uint64) {
	first, second, _ := strings.Cut(j.Note, " ")
	channel, err := strconv.ParseUint(first, 10, 64)
	if err != nil {
		return 0, 0
	}
	event, err = strconv.ParseUint(second, 10, 64)
	if err != nil {
		return 0, 0
	}
	return channel, event
}

// WatchAccount looks at an account when time has passed, and ends the job that it
// was left as.
type WatchAccount struct {
	JobKey
	Account ledger.AccountID
	At      time.Time
	// Base was net a day before At; nil if it was not measured.
	Base *money.Centavos
	// Forget are records of the history that are too many, if it was looked through.
	Forget  []RecordKey
	Trimmed bool
}

// Needs names the job and the account.
func (c *WatchAccount) Needs() Needs {
	return Needs{Accounts: []ledger.AccountID{c.Account}, Jobs: []JobKey{c.JobKey}, Records: c.Forget}
}

// Decide judges, unless another job counts by now.
func (c *WatchAccount) Decide(b *Books) (struct{}, error) {
	if _, ok := b.Jobs.Get(c.JobKey); !ok {
		return struct{}{}, nil
	}
	b.Jobs.Delete(c.JobKey)
	profile, ok := b.Profiles.Get(c.Account)
	if !ok || profile.Settings.Alerts == nil || profile.Settings.Alerts.Wake != c.ID {
		return struct{}{}, nil
	}
	account, _ := b.Accounts.Get(c.Account)
	next := *profile.Settings.Alerts
	next.Wake, next.WakeAt = 0, time.Time{}
	s := present(account, c.At)
	if c.Base != nil {
		next.Base, next.BaseAt = *c.Base, s.at
	}
	if c.Trimmed {
		next.Written = 0
		b.putRecords(nil, c.Forget)
	}
	profile.Settings.Alerts = &next
	b.Profiles.Put(c.Account, profile)
	b.judge(profile, s)
	return struct{}{}, nil
}

// present is an account as it is now. Times of an account never go back.
func present(account ledger.Account, at time.Time) sight {
	at = at.UTC().Truncate(time.Microsecond)
	if at.Before(account.LastAt) {
		at = account.LastAt
	}
	return sight{at: at, balance: account.Balance, entry: account.Entries}
}
