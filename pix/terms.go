package pix

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"

	"github.com/saldo-pix/saldo/money"
)

// Terms are what only some movements have. A movement's terms are replaced as a
// whole, never written through.
type Terms struct {
	// Nature is why a return was sent, and Case the MED case that took it, if one did.
	Nature Nature `json:"nature,omitempty"`
	Case   string `json:"case,omitempty"`
	// OnItsWay is the part of a receipt's Returned of which the rail has not told the
	// outcome. Cases are the MED cases that hold, or wait for, money because of a
	// receipt, and Disputed is how much of it they may still take. In reais.
	OnItsWay money.Centavos `json:"onItsWay,omitempty"`
	Cases    []string       `json:"cases,omitempty"`
	Disputed money.Centavos `json:"disputed,omitempty"`
	// Returns are the returns of a receipt or payment, in the order in which they were
	// begun: the newest returnsListed.
	Returns []MovementID `json:"returns,omitempty"`
	// Splits are the shares of a charge, Cob what a charge of the Bacen family has.
	Splits []Split `json:"splits,omitempty"`
	Cob    *Cob    `json:"cob,omitempty"`
	// Location is where the rail finds the charge that a payment pays, without scheme.
	Location string `json:"location,omitempty"`
	// IdempotencyKey and Fingerprint are those of Once; Priority and Deny what the
	// client asks of the rail: NORM or HIGH, and the ISPBs of banks not to pay.
	IdempotencyKey string   `json:"idempotencyKey,omitempty"`
	Fingerprint    string   `json:"fingerprint,omitempty"`
	Priority       string   `json:"priority,omitempty"`
	Deny           []string `json:"deny,omitempty"`
}

// terms returns a copy of m's terms, to be changed and set.
func (m *Movement) terms() Terms {
	if m.Terms == nil {
		return Terms{}
	}
	return *m.Terms
}

// setTerms replaces m's terms.
func (m *Movement) setTerms(t Terms) {
	m.Terms = nil
	if !reflect.ValueOf(t).IsZero() {
		m.Terms = &t
	}
}

// returnsListed is how many returns of one movement are listed with it.
const returnsListed = 100

// listReturn adds a return to those of m.
func (m *Movement) listReturn(id MovementID) {
	t := m.terms()
	t.Returns = append(slices.Clone(t.Returns[max(len(t.Returns)-returnsListed+1, 0):]), id)
	m.setTerms(t)
}

// movementMore is what stores keep of a movement as one JSON text.
type movementMore struct {
	Parent   MovementID     `json:"parent,omitempty"`
	Returned money.Centavos `json:"returned,omitempty"` // in reais
	Terms    *Terms         `json:"terms,omitempty"`
}

// More returns as JSON what few movements have: parent, what was returned, and
// terms. It is empty for most.
func (m *Movement) More() string {
	if m.Parent == 0 && m.Returned == 0 && m.Terms == nil {
		return ""
	}
	text, err := json.Marshal(movementMore{m.Parent, m.Returned, m.Terms})
	if err != nil {
		panic(fmt.Sprintf("pix: movement %s: %v", m.ID, err)) // plain data can always be encoded
	}
	return string(text)
}

// ReadMore takes over what More returned.
func (m *Movement) ReadMore(text string) error {
	if text == "" {
		return nil
	}
	var more movementMore
	if err := json.Unmarshal([]byte(text), &more); err != nil {
		return fmt.Errorf("movement %s: %w", m.ID, err)
	}
	m.Parent, m.Returned, m.Terms = more.Parent, more.Returned, more.Terms
	return nil
}
