package pix

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// MEDStatus tells how far a MED case is (contract §5.1).
type MEDStatus string

// The statuses of a MED case.
const (
	MEDOpen      MEDStatus = "OPEN"     // the payer's bank has asked
	MEDReceived  MEDStatus = "RECEIVED" // it is known here, and money is held
	MEDAnalyzed  MEDStatus = "ANALYZED" // it was accepted or rejected
	MEDWithdrawn MEDStatus = "CANCELLED"
)

// Valid tells whether s is one of the statuses.
func (s MEDStatus) Valid() bool {
	return s == MEDOpen || s == MEDReceived || s == MEDAnalyzed || s == MEDWithdrawn
}

// MEDResult is what the analysis of a case came to; empty while there is none
// (contract §5.1).
type MEDResult string

// The results.
const (
	MEDApproved MEDResult = "APPROVED"
	MEDRefused  MEDResult = "REJECTED"
)

// BlockStatus tells what a case does to the account's money; empty where it does
// nothing (contract §5.1).
type BlockStatus string

// The states of a block.
const (
	BlockHeld     BlockStatus = "BLOCKED"   // money is held
	BlockReturned BlockStatus = "APPROVED"  // money was returned to the payer
	BlockLifted   BlockStatus = "UNBLOCKED" // what was held is the owner's again
)

// Bank is a participant that takes part in a case.
type Bank struct {
	ISPB string `json:"ispb,omitempty"`
	Name string `json:"name,omitempty"`
}

// MEDStep is one step of a case's history.
type MEDStep struct {
	Status MEDStatus `json:"status"`
	At     time.Time `json:"at"`
}

// MEDCase is a case of the MED (Mecanismo Especial de Devolução), as it was
// after its newest step. It is the body of a record of kind RecordMED, which is
// named by the case's id, owned by the account, and numbered as the case.
// Amounts are kept in reais. Its slices are replaced, never written through.
type MEDCase struct {
	Number  uint64           `json:"number"` // medId; its hold has the same number
	ID      string           `json:"id"`     // the rail's, idSolicitacaoDevolucao
	Account ledger.AccountID `json:"account"`
	// Receipt is the movement that is disputed; 0 where the account did not receive
	// that Pix itself (a hop of MED 2.0), so that the case is not reconciled.
	Receipt    MovementID       `json:"receipt,omitempty"`
	EndToEndID pixid.EndToEndID `json:"endToEndId,omitempty"`

	Amount money.Centavos `json:"amount"`         // disputed
	Asked  money.Centavos `json:"asked"`          // what its hold asks for: what was left to return, at most Amount
	Held   money.Centavos `json:"held,omitempty"` // by the hold after the newest step; credits may have added to it
	// Returned is what went back to the payer, by the movements Returns.
	Returned money.Centavos `json:"returned,omitempty"`
	Returns  []MovementID   `json:"returns,omitempty"`

	Status          MEDStatus   `json:"status"`
	Reason          string      `json:"reason,omitempty"` // REFUND_REQUEST or REFUND_CANCELLATION
	Cause           string      `json:"cause,omitempty"`
	Description     string      `json:"description,omitempty"`
	Result          MEDResult   `json:"result,omitempty"`
	AnalysisDetails string      `json:"analysisDetails,omitempty"`
	BlockStatus     BlockStatus `json:"blockStatus,omitempty"`
	DefenseStatus   string      `json:"defenseStatus,omitempty"`
	Requesting      Bank        `json:"requesting"`
	Contested       Bank        `json:"contested"`
	History         []MEDStep   `json:"history"`
	CreatedAt       time.Time   `json:"createdAt"`
	UpdatedAt       time.Time   `json:"updatedAt"`
}

// Reconciled tells whether the case is linked to a receipt of the account.
func (c *MEDCase) Reconciled() bool { return c.Receipt != 0 }

// Blocked is what the case has blocked, or has returned once it was accepted, in
// centavos; ok is false where it did neither. held is what its hold holds now.
func (c *MEDCase) Blocked(held money.Centavos) (amount money.Centavos, ok bool) {
	switch c.BlockStatus {
	case BlockHeld:
		return held, true
	case BlockReturned:
		return c.Returned, true
	}
	return 0, false
}

// nature is that of the returns that the case makes.
func (c *MEDCase) nature() Nature {
	if c.Cause == "OPERATIONAL_FAILURE" {
		return NatureOperational
	}
	return NatureFraud
}

// step writes a step of the case's life. A status that stays is no new step.
func (c *MEDCase) step(status MEDStatus, at, now time.Time) {
	c.UpdatedAt = now
	if n := len(c.History); n > 0 && c.History[n-1].Status == status {
		return
	}
	c.Status = status
	c.History = append(c.History[:len(c.History):len(c.History)], MEDStep{status, at.UTC()})
}

// MEDKey names the record of a case.
func MEDKey(id string) RecordKey { return RecordKey{RecordMED, id} }

// MEDNumberKey is the key of a case's number. It leads to the case's hold, where
// it has one.
func MEDNumberKey(number uint64) Key {
	return Key{Space: SpaceMEDNumber, Value: strconv.FormatUint(number, 10)}
}

// ReadMEDCase reads the body of a record of kind RecordMED.
func ReadMEDCase(r Record) (MEDCase, error) {
	var c MEDCase
	if err := json.Unmarshal(r.Body, &c); err != nil {
		return c, fmt.Errorf("MED case %s: %w", r.Name, err)
	}
	return c, nil
}

func (b *Books) putCase(c MEDCase) {
	body, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("pix: MED case %s: %v", c.ID, err)) // plain data can always be encoded
	}
	key := MEDKey(c.ID)
	b.Records.Put(key, Record{RecordKey: key, Owner: uint64(c.Account), Number: c.Number, Body: body})
}
