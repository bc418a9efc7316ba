package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Payload returns the body that tells an account of a movement or case, as it is
// kept now: that of a case as it was at the event.
func (c *Courier) Payload(ctx context.Context, p pix.Profile, n pix.Notice, number uint64) ([]byte, error) {
	if n.MED() {
		return c.casePayload(ctx, p.ID, n, number)
	}
	if n == pix.NoticeBalanceAlert {
		return c.alertPayload(ctx, p.ID, number)
	}
	m, err := c.reader.Movement(ctx, pix.MovementID(number))
	if err != nil {
		return nil, err
	}
	if m.Account != p.ID || pix.NoticeOf(m.Kind) != n {
		return nil, pix.ErrNotFound
	}
	return c.movementPayload(ctx, p, m)
}

func (c *Courier) movementPayload(ctx context.Context, p pix.Profile, m pix.Movement) ([]byte, error) {
	var original *pix.Movement
	if m.Parent != 0 && isReturn(m.Kind) {
		parent, err := c.reader.Movement(ctx, m.Parent)
		if err != nil && !errors.Is(err, pix.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			original = &parent
		}
	}
	if p.Settings.Webhooks.Version(m.CreatedAt) == 1 {
		return json.Marshal(newPayload1(m, original))
	}
	about := m
	if original != nil {
		about = *original
	}
	refunds, err := c.refunds(ctx, about, m)
	if err != nil {
		return nil, err
	}
	return json.Marshal(newPayload2(m, about, refunds))
}

func isReturn(k pix.Kind) bool { return k == pix.ReturnSent || k == pix.ReturnReceived }

// Bounds of the search for returns: how many are told, and how many of the
// account's are looked at on a page and in all.
const (
	refundsMax  = 100
	refundsPage = 100
	searchPages = 10
)

// refunds lists what was given back of a movement up to m, oldest first: m itself
// is among them if it is one.
func (c *Courier) refunds(ctx context.Context, about, m pix.Movement) ([]pix.Movement, error) {
	var list []pix.Movement
	if isReturn(m.Kind) {
		list = append(list, m)
	}
	if about.Returned == 0 || isReturn(m.Kind) && about.Returned == m.Amount && m.Status != pix.Failed {
		return list, nil // there are no others
	}
	kind := pix.ReturnSent
	if !about.Kind.Credit() {
		kind = pix.ReturnReceived
	}
	query := book.StatementQuery{Account: about.Account, Kind: kind, From: about.CreatedAt, Limit: refundsPage}
	query.CountMax = refundsPage * searchPages
	if isReturn(m.Kind) {
		query.Until = m.CreatedAt.Add(time.Microsecond)
	}
	for range searchPages {
		page, _, err := c.reader.Statement(ctx, query)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if r.Parent == about.ID && r.ID != m.ID && len(list) < refundsMax {
				list = append(list, r)
			}
		}
		if len(page) < refundsPage || len(list) == refundsMax {
			break
		}
		query.Offset += refundsPage
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i] // the newest came first
	}
	return list, nil
}

func (c *Courier) casePayload(
	ctx context.Context, account ledger.AccountID, n pix.Notice, number uint64,
) ([]byte, error) {
	records, err := c.reader.Records(ctx, pix.RecordMED, uint64(account), number+1, 1)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 || records[0].Number != number {
		return nil, pix.ErrNotFound
	}
	mc, err := pix.ReadMEDCase(records[0])
	if err != nil {
		return nil, err
	}
	var original *pix.Movement
	if mc.Reconciled() {
		m, err := c.reader.Movement(ctx, mc.Receipt)
		if err != nil {
			return nil, fmt.Errorf("receipt of MED case %d: %w", number, err)
		}
		original = &m
	}
	return json.Marshal(newPayloadMED(n, mc, original))
}
