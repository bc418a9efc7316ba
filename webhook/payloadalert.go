package webhook

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// AlertView is an alert as webhooks and the API show it. Amounts are in reais;
// Threshold is in reais, percent or minutes, as Unit says.
type AlertView struct {
	ID             string       `json:"id"`
	RuleID         string       `json:"ruleId"`
	Name           *string      `json:"name"` // of the rule
	Kind           string       `json:"kind"`
	Threshold      any          `json:"threshold"`
	Unit           string       `json:"unit"`
	Status         string       `json:"status"`  // open or closed
	Outcome        *string      `json:"outcome"` // null while it is open
	RaisedAt       string       `json:"raisedAt"`
	RaisedBalance  BalanceView  `json:"raisedBalance"`
	EndedAt        *string      `json:"endedAt"`
	EndedBalance   *BalanceView `json:"endedBalance"`
	Reminders      int          `json:"reminders"`
	AcknowledgedAt *string      `json:"acknowledgedAt"`
	Note           *string      `json:"note"`
}

// BalanceView is a balance, in reais.
type BalanceView struct {
	Gross   money.Centavos `json:"grossBalance"`
	Blocked money.Centavos `json:"blockedBalance"`
	Net     money.Centavos `json:"netBalance"`
}

// NewBalanceView shows a balance.
func NewBalanceView(b ledger.Balance) BalanceView {
	return BalanceView{b.Posted, b.Held, b.Available()}
}

// Threshold shows a threshold or a hysteresis and its unit.
func Threshold(k pix.AlertKind, value int64) (shown any, unit string) {
	if k.Unit() == pix.UnitMoney {
		return money.Centavos(value), "reais"
	}
	return value, string(k.Unit())
}

// NewAlertView shows an alert.
func NewAlertView(a pix.Alert) AlertView {
	v := AlertView{
		ID: strconv.FormatUint(a.ID, 10), RuleID: strconv.FormatUint(a.Rule, 10), Name: wire.Optional(a.Name),
		Kind: string(a.Kind), Status: "open", Outcome: wire.Optional(string(a.Outcome)),
		RaisedAt:      wire.Timestamp(a.RaisedAt),
		RaisedBalance: NewBalanceView(a.Raised.Balance()), Reminders: a.Reminders, Note: wire.Optional(a.Note),
	}
	v.Threshold, v.Unit = Threshold(a.Kind, a.Threshold)
	if a.Outcome != "" {
		ended, at := NewBalanceView(a.Ended.Balance()), wire.Timestamp(a.EndedAt)
		v.Status, v.EndedBalance, v.EndedAt = "closed", &ended, &at
	}
	if !a.AcknowledgedAt.IsZero() {
		v.AcknowledgedAt = wire.Optional(wire.Timestamp(a.AcknowledgedAt))
	}
	return v
}

// payloadAlert tells of an alert: that it was raised, is reminded of, or ended.
type payloadAlert struct {
	Event     string      `json:"event"`
	EventType string      `json:"eventType"`
	EventID   string      `json:"eventId"`
	AccountID string      `json:"accountId"`
	Type      string      `json:"type"`
	At        string      `json:"at"`
	Balance   BalanceView `json:"balance"` // at that moment
	Alert     AlertView   `json:"alert"`   // as it was then
}

// alertPayload tells of an event of an alert as it was when it happened.
func (c *Courier) alertPayload(ctx context.Context, account ledger.AccountID, number uint64) ([]byte, error) {
	record, err := c.reader.Record(ctx, pix.EventRecordKey(number))
	if err != nil {
		return nil, err
	}
	e, err := pix.ReadAlertEvent(record)
	if err != nil {
		return nil, err
	}
	if e.Account != account {
		return nil, pix.ErrNotFound
	}
	return json.Marshal(payloadAlert{
		Event: "BalanceAlert", EventType: string(pix.NoticeBalanceAlert), EventID: strconv.FormatUint(e.ID, 10),
		AccountID: account.String(), Type: e.What, At: wire.Timestamp(e.At),
		Balance: NewBalanceView(e.Figures.Balance()), Alert: NewAlertView(e.Alert),
	})
}
