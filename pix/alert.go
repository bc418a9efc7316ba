package pix

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// The topics of alerts: looking at an account again when time has passed, and
// telling of an alert by e-mail or chat.
const (
	TopicAlertWatch  Topic = "alert.watch"
	TopicAlertNotify Topic = "alert.notify"
)

// Limits of an account's alerts.
const (
	AlertRulesMax    = 20
	AlertChannelsMax = 10
	// AlertRemindersMax is how often one alert is reminded of at most.
	AlertRemindersMax = 50
	// AlertHistoryMax is how many ended alerts are kept of an account. Whenever
	// AlertTrim events were written, the oldest beyond are removed.
	AlertHistoryMax = 1_000
	AlertTrim       = 100
)

// What the commands on alerts may return.
var (
	ErrTooManyRules    = fmt.Errorf("an account may have %d rules at most", AlertRulesMax)
	ErrTooManyChannels = fmt.Errorf("an account may have %d channels at most", AlertChannelsMax)
	ErrNoRule          = errors.New("no such rule")
	ErrNoChannel       = errors.New("no such channel")
	ErrNoAlert         = errors.New("no such alert")
)

// Alerts is what watches an account's balance. It is part of the account's
// settings, so that every commit that changes the balance sees it, and changes
// only when something begins or ends. It is replaced, never written through.
type Alerts struct {
	Rules    []AlertRule    `json:"rules,omitempty"`
	Channels []AlertChannel `json:"channels,omitempty"`
	// Wake is the job that looks at the account when time has passed; of several
	// jobs only this one counts.
	Wake   uint64    `json:"wake,omitempty"`
	WakeAt time.Time `json:"wakeAt,omitzero"`
	// Base was net a day before BaseAt: what the pace of the last day is measured
	// from. It is only kept where a rule asks for it.
	Base   money.Centavos `json:"base,omitempty"`
	BaseAt time.Time      `json:"baseAt,omitzero"`
	// Written counts the events since the history was last trimmed.
	Written int `json:"written,omitempty"`
}

// AlertKind tells what a rule watches.
type AlertKind string

// The kinds of rule.
const (
	AlertCriticalBelow AlertKind = "critical_below" // net below the threshold
	AlertWarningBelow  AlertKind = "warning_below"  // as well, unless a critical rule says it already
	AlertHighAbove     AlertKind = "high_above"     // net above the threshold
	AlertBlockedAbove  AlertKind = "blocked_above"  // blocked above a share of gross; never where gross is zero
	AlertNoReceipt     AlertKind = "no_receipt"     // nothing was received for a time
	AlertRunwayBelow   AlertKind = "runway_below"   // net will be empty too soon, at the pace of the last day
)

// AlertKinds lists the kinds of rule.
func AlertKinds() []AlertKind {
	return []AlertKind{
		AlertCriticalBelow, AlertWarningBelow, AlertHighAbove, AlertBlockedAbove, AlertNoReceipt, AlertRunwayBelow,
	}
}

// Unit tells what thresholds of a kind are counted in.
type Unit string

// The units of thresholds.
const (
	UnitMoney   Unit = "centavos"
	UnitPercent Unit = "percent"
	UnitMinutes Unit = "minutes"
)

// Unit is what the threshold and the hysteresis of a rule of this kind are in.
func (k AlertKind) Unit() Unit {
	switch k {
	case AlertBlockedAbove:
		return UnitPercent
	case AlertNoReceipt, AlertRunwayBelow:
		return UnitMinutes
	}
	return UnitMoney
}

// Default is the threshold that a rule has if none is said: 500, 2 000 and
// 10 000 reais, half of gross, a day.
func (k AlertKind) Default() int64 {
	return map[AlertKind]int64{
		AlertCriticalBelow: 500_00, AlertWarningBelow: 2_000_00, AlertHighAbove: 10_000_00,
		AlertBlockedAbove: 50, AlertNoReceipt: 24 * 60, AlertRunwayBelow: 24 * 60,
	}[k]
}

// DefaultHysteresis is how far beyond its threshold a rule ends if that is not
// said: a twentieth of it, five points of a percentage. A receipt has no margin.
func (k AlertKind) DefaultHysteresis(threshold int64) int64 {
	switch {
	case k == AlertNoReceipt:
		return 0
	case k == AlertBlockedAbove:
		return min(5, threshold)
	}
	return threshold / 20
}

// AlertCooldownDefault is how long a rule raises no second alert if that is not
// said.
const AlertCooldownDefault = 15 * time.Minute

// AlertRule says when an account's owner wants to be told.
type AlertRule struct {
	ID   uint64    `json:"id"`
	Name string    `json:"name,omitempty"`
	Kind AlertKind `json:"kind"`
	// Threshold and Hysteresis are in the unit of the kind. An alert ends only when
	// the threshold is passed by the hysteresis.
	Threshold  int64 `json:"threshold"`
	Hysteresis int64 `json:"hysteresis,omitempty"`
	// Cooldown is the least time between two alerts of the rule, from the beginning
	// of one to that of the next, and Reminder the time between two reminders of one
	// that is open and not acknowledged; 0 sends none.
	Cooldown  time.Duration `json:"cooldown,omitempty"`
	Reminder  time.Duration `json:"reminder,omitempty"`
	Channels  []uint64      `json:"channels,omitempty"`
	Paused    bool          `json:"paused,omitempty"`
	CreatedAt time.Time     `json:"createdAt"`
	UpdatedAt time.Time     `json:"updatedAt"`
	State     AlertState    `json:"state,omitzero"`
}

// AlertState is what a rule has seen so far. It is a value: what Open leads to is
// replaced, never written through.
type AlertState struct {
	On       bool      `json:"on,omitempty"`      // the condition holds
	RaisedAt time.Time `json:"raisedAt,omitzero"` // the newest alert began
	// Last is when the newest receipt came, to within grain, of a rule on receipts.
	Last time.Time `json:"last,omitzero"`
	Open *Alert    `json:"open,omitempty"`
}

// AlertOutcome tells how an alert ended.
type AlertOutcome string

// The outcomes.
const (
	AlertResolved   AlertOutcome = "resolved"   // the condition ended
	AlertSuperseded AlertOutcome = "superseded" // a graver alert took its place
	AlertWithdrawn  AlertOutcome = "withdrawn"  // its rule was changed, paused or removed
)

// Alert is one time that a rule's condition began to hold: the body of a record of
// kind RecordAlert once it has ended.
type Alert struct {
	ID        uint64    `json:"id"`
	Rule      uint64    `json:"rule"`
	Name      string    `json:"name,omitempty"` // of the rule
	Kind      AlertKind `json:"kind"`
	Threshold int64     `json:"threshold"`
	RaisedAt  time.Time `json:"raisedAt"`
	Raised    Figures   `json:"raised"`
	// Reminders counts those sent, the newest of which was at RemindedAt.
	Reminders  int          `json:"reminders,omitempty"`
	RemindedAt time.Time    `json:"remindedAt,omitzero"`
	EndedAt    time.Time    `json:"endedAt,omitzero"`
	Ended      Figures      `json:"ended,omitzero"`
	Outcome    AlertOutcome `json:"outcome,omitempty"` // empty while it is open
	// AcknowledgedAt is when the owner said that it is seen, and Note why.
	AcknowledgedAt time.Time `json:"acknowledgedAt,omitzero"`
	Note           string    `json:"note,omitempty"`
}

// Figures are an account's balance after an entry of its journal, in centavos.
type Figures struct {
	Posted money.Centavos `json:"posted"`
	Held   money.Centavos `json:"held"`
	Entry  uint64         `json:"entry"` // number of the account's newest entry
}

// Balance is the balance of the figures.
func (f Figures) Balance() ledger.Balance { return ledger.Balance{Posted: f.Posted, Held: f.Held} }

// What an event of an alert may be, besides its outcomes.
const (
	AlertRaised   = "raised"
	AlertReminded = "reminder"
)

// AlertEvent is something that the owner is told about an alert: the body of a
// record of kind RecordAlertEvent, which is owned by the alert.
type AlertEvent struct {
	ID      uint64           `json:"id"`
	Account ledger.AccountID `json:"account"`
	What    string           `json:"what"` // AlertRaised, AlertReminded or an outcome
	At      time.Time        `json:"at"`
	Figures Figures          `json:"figures"` // as they were at At
	Alert   Alert            `json:"alert"`   // as it was then
}

// AlertChannel is where an account's owner is told of alerts.
type AlertChannel struct {
	ID   uint64 `json:"id"`
	Name string `json:"name,omitempty"`
	Kind string `json:"kind"` // ChannelWebhook, or one that package alert knows
	// Target is where it leads, sealed by whoever set it; empty of a webhook, which
	// is the account's for NoticeBalanceAlert. Shown is what may be seen of it.
	Target string `json:"target,omitempty"`
	Shown  string `json:"shown,omitempty"`
	// DailyReport has the account's report of every day told here as well.
	DailyReport bool      `json:"dailyReport,omitempty"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// ChannelWebhook is the kind of channel that is the account's webhook.
const ChannelWebhook = "webhook"

// Rule returns a rule by its number.
func (a *Alerts) Rule(id uint64) (AlertRule, bool) {
	if i := a.ruleIndex(id); i >= 0 {
		return a.Rules[i], true
	}
	return AlertRule{}, false
}

func (a *Alerts) ruleIndex(id uint64) int {
	if a == nil {
		return -1
	}
	return slices.IndexFunc(a.Rules, func(r AlertRule) bool { return r.ID == id })
}

// Channel returns a channel by its number.
func (a *Alerts) Channel(id uint64) (AlertChannel, bool) {
	if a != nil {
		for _, c := range a.Channels {
			if c.ID == id {
				return c, true
			}
		}
	}
	return AlertChannel{}, false
}

// Open lists the alerts that are open, the newest first.
func (a *Alerts) Open() []Alert {
	var list []Alert
	if a == nil {
		return list
	}
	for i := range a.Rules {
		if open := a.Rules[i].State.Open; open != nil {
			list = append(list, *open)
		}
	}
	slices.SortFunc(list, func(x, y Alert) int { return y.RaisedAt.Compare(x.RaisedAt) })
	return list
}

// AlertRecordKey names the record of an alert that has ended, and EventRecordKey
// that of an event.
func AlertRecordKey(id uint64) RecordKey {
	return RecordKey{RecordAlert, strconv.FormatUint(id, 10)}
}

// EventRecordKey names the record of an event.
func EventRecordKey(id uint64) RecordKey {
	return RecordKey{RecordAlertEvent, strconv.FormatUint(id, 10)}
}

// ReadAlert reads the body of a record of kind RecordAlert.
func ReadAlert(r Record) (Alert, error) {
	var a Alert
	if err := json.Unmarshal(r.Body, &a); err != nil {
		return a, fmt.Errorf("alert %s: %w", r.Name, err)
	}
	return a, nil
}

// ReadAlertEvent reads the body of a record of kind RecordAlertEvent.
func ReadAlertEvent(r Record) (AlertEvent, error) {
	var e AlertEvent
	if err := json.Unmarshal(r.Body, &e); err != nil {
		return e, fmt.Errorf("event %s: %w", r.Name, err)
	}
	return e, nil
}
