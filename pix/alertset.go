package pix

import (
	"slices"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

// changeAlerts lets do change a copy of an account's alerts.
func (b *Books) changeAlerts(id ledger.AccountID, do func(*Profile, *Alerts) error) error {
	profile, ok := b.Profiles.Get(id)
	if !ok {
		return ledger.ErrAccountNotFound
	}
	var next Alerts
	if a := profile.Settings.Alerts; a != nil {
		next = *a
		next.Rules, next.Channels = slices.Clone(a.Rules), slices.Clone(a.Channels)
	}
	if err := do(&profile, &next); err != nil {
		return err
	}
	profile.Settings.Alerts = &next
	if len(next.Rules) == 0 && len(next.Channels) == 0 && next.Written == 0 {
		profile.Settings.Alerts = nil // nothing is watched: cost nothing
	}
	b.Profiles.Put(id, profile)
	return nil
}

// withdraw ends the open alert of a rule that is changed, paused or removed.
func (b *Books) withdraw(account ledger.Account, a *Alerts, i int, at time.Time) {
	if a.Rules[i].State.Open == nil {
		return
	}
	s := present(account, at)
	ended := a.Rules[i].end(&s, AlertWithdrawn)
	b.announce(account.ID, a, &s, telling{rule: i, what: string(AlertWithdrawn), alert: ended})
	a.Written++
}

// SetAlertRule creates a rule, or replaces one. It judges at once: what holds
// already is told. A rule that is given another kind or threshold begins anew, and its
// open alert is withdrawn.
type SetAlertRule struct {
	Account ledger.AccountID
	Rule    AlertRule // without its times and its state; ID 0 for a new one
	At      time.Time
}

// Needs names the account.
func (c *SetAlertRule) Needs() Needs { return Needs{Accounts: []ledger.AccountID{c.Account}} }

// Decide sets the rule and returns it, or ErrNoRule, ErrNoChannel or
// ErrTooManyRules.
func (c *SetAlertRule) Decide(b *Books) (AlertRule, error) {
	id := c.Rule.ID
	account, _ := b.Accounts.Get(c.Account)
	err := b.changeAlerts(c.Account, func(_ *Profile, a *Alerts) error {
		for _, channel := range c.Rule.Channels {
			if _, ok := a.Channel(channel); !ok {
				return ErrNoChannel
			}
		}
		i, rule := a.ruleIndex(id), c.Rule
		rule.UpdatedAt, rule.CreatedAt, rule.State = c.At, c.At, AlertState{}
		switch {
		case id == 0 && len(a.Rules) == AlertRulesMax:
			return ErrTooManyRules
		case id == 0:
			id = b.NextNumber()
			rule.ID, rule.State.Last = id, present(account, c.At).at
			a.Rules = append(a.Rules, rule)
			return nil
		case i < 0:
			return ErrNoRule
		}
		old := a.Rules[i]
		other := rule.Kind != old.Kind || rule.Threshold != old.Threshold
		if other || rule.Paused {
			b.withdraw(account, a, i, c.At)
			a.Rules[i].State.On = false
		}
		if other {
			a.Rules[i].State.RaisedAt = time.Time{}
		}
		rule.CreatedAt, rule.State = old.CreatedAt, a.Rules[i].State
		if rule.Kind == AlertNoReceipt && (old.Kind != rule.Kind || old.Paused) {
			rule.State.Last = present(account, c.At).at
		}
		a.Rules[i] = rule
		return nil
	})
	if err != nil {
		return AlertRule{}, err
	}
	profile, _ := b.Profiles.Get(c.Account)
	b.judge(profile, present(account, c.At))
	profile, _ = b.Profiles.Get(c.Account)
	rule, _ := profile.Settings.Alerts.Rule(id)
	return rule, nil
}

// DeleteAlertRule removes a rule. Its open alert is withdrawn.
type DeleteAlertRule struct {
	Account ledger.AccountID
	ID      uint64
	At      time.Time
}

// Needs names the account.
func (c *DeleteAlertRule) Needs() Needs { return Needs{Accounts: []ledger.AccountID{c.Account}} }

// Decide removes the rule, or returns ErrNoRule. What the rule said may leave room
// for a lesser one, which is judged at once.
func (c *DeleteAlertRule) Decide(b *Books) (struct{}, error) {
	account, _ := b.Accounts.Get(c.Account)
	err := b.changeAlerts(c.Account, func(_ *Profile, a *Alerts) error {
		i := a.ruleIndex(c.ID)
		if i < 0 {
			return ErrNoRule
		}
		b.withdraw(account, a, i, c.At)
		a.Rules = slices.Delete(a.Rules, i, i+1)
		return nil
	})
	if err != nil {
		return struct{}{}, err
	}
	if profile, _ := b.Profiles.Get(c.Account); profile.Settings.Alerts != nil {
		b.judge(profile, present(account, c.At))
	}
	return struct{}{}, nil
}

// SetAlertChannel creates a channel, or replaces one.
type SetAlertChannel struct {
	Account ledger.AccountID
	Channel AlertChannel // without its times; ID 0 for a new one
	At      time.Time
}

// Needs names the account.
func (c *SetAlertChannel) Needs() Needs { return Needs{Accounts: []ledger.AccountID{c.Account}} }

// Decide sets the channel and returns it, or ErrNoChannel or ErrTooManyChannels.
func (c *SetAlertChannel) Decide(b *Books) (AlertChannel, error) {
	channel := c.Channel
	err := b.changeAlerts(c.Account, func(_ *Profile, a *Alerts) error {
		channel.CreatedAt, channel.UpdatedAt = c.At, c.At
		if channel.ID == 0 {
			if len(a.Channels) == AlertChannelsMax {
				return ErrTooManyChannels
			}
			channel.ID = b.NextNumber()
			a.Channels = append(a.Channels, channel)
			return nil
		}
		i := slices.IndexFunc(a.Channels, func(other AlertChannel) bool { return other.ID == channel.ID })
		if i < 0 {
			return ErrNoChannel
		}
		channel.CreatedAt = a.Channels[i].CreatedAt
		a.Channels[i] = channel
		return nil
	})
	return channel, err
}

// DeleteAlertChannel removes a channel, from the rules that name it too. What is on
// its way to it is dropped.
type DeleteAlertChannel struct {
	Account ledger.AccountID
	ID      uint64
}

// Needs names the account.
func (c *DeleteAlertChannel) Needs() Needs { return Needs{Accounts: []ledger.AccountID{c.Account}} }

// Decide removes the channel, or returns ErrNoChannel.
func (c *DeleteAlertChannel) Decide(b *Books) (struct{}, error) {
	return struct{}{}, b.changeAlerts(c.Account, func(_ *Profile, a *Alerts) error {
		i := slices.IndexFunc(a.Channels, func(other AlertChannel) bool { return other.ID == c.ID })
		if i < 0 {
			return ErrNoChannel
		}
		a.Channels = slices.Delete(a.Channels, i, i+1)
		for i := range a.Rules {
			a.Rules[i].Channels = slices.DeleteFunc(slices.Clone(a.Rules[i].Channels),
				func(id uint64) bool { return id == c.ID })
		}
		return nil
	})
}

// AcknowledgeAlert says that an alert is seen: it is not reminded of any more. One
// that has ended can be acknowledged too. The first time counts.
type AcknowledgeAlert struct {
	Account ledger.AccountID
	ID      uint64
	Note    string
	At      time.Time
}

// Needs names the account and the alert's record.
func (c *AcknowledgeAlert) Needs() Needs {
	return Needs{Accounts: []ledger.AccountID{c.Account}, Records: []RecordKey{AlertRecordKey(c.ID)}}
}

// Decide acknowledges the alert and returns it, or ErrNoAlert.
func (c *AcknowledgeAlert) Decide(b *Books) (Alert, error) {
	profile, ok := b.Profiles.Get(c.Account)
	if !ok {
		return Alert{}, ledger.ErrAccountNotFound
	}
	if a := profile.Settings.Alerts; a != nil {
		for i := range a.Rules {
			if open := a.Rules[i].State.Open; open != nil && open.ID == c.ID {
				return c.open(b, i)
			}
		}
	}
	record, ok := b.Records.Get(AlertRecordKey(c.ID))
	if !ok || record.Owner != uint64(c.Account) {
		return Alert{}, ErrNoAlert
	}
	alert, err := ReadAlert(record)
	if err != nil {
		return Alert{}, err
	}
	if alert.AcknowledgedAt.IsZero() {
		alert.AcknowledgedAt, alert.Note = c.At, c.Note
		b.keep(record.RecordKey, record.Owner, record.Number, alert)
	}
	return alert, nil
}

// open acknowledges the open alert of a rule.
func (c *AcknowledgeAlert) open(b *Books, rule int) (Alert, error) {
	var result Alert
	err := b.changeAlerts(c.Account, func(_ *Profile, a *Alerts) error {
		result = *a.Rules[rule].State.Open
		if result.AcknowledgedAt.IsZero() {
			result.AcknowledgedAt, result.Note = c.At, c.Note
			a.Rules[rule].State.Open = &result
		}
		return nil
	})
	return result, err
}
