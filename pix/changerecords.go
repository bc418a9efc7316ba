package pix

import "github.com/saldo-pix/saldo/ledger"

// ChangeRecords changes records that are there, and writes others with them. No rule
// of money depends on any.
type ChangeRecords struct {
	Account ledger.AccountID // that they are about
	Keys    []RecordKey
	// Change returns the records as they shall be, in the order of Keys. It may be
	// called again with others, so it must touch nothing but what it is given, and not
	// write through bodies.
	Change func(now []Record) ([]Record, error)
	Keep   []Record // written beside them
}

// Needs names the account and the records.
func (c *ChangeRecords) Needs() Needs {
	return Needs{Accounts: []ledger.AccountID{c.Account}, Records: c.Keys}
}

// Decide returns the records as they are now, or ErrNotFound if one of them is gone:
// then nothing is written.
func (c *ChangeRecords) Decide(b *Books) ([]Record, error) {
	records := make([]Record, 0, len(c.Keys))
	for _, key := range c.Keys {
		record, ok := b.Records.Get(key)
		if !ok {
			return nil, ErrNotFound
		}
		records = append(records, record)
	}
	records, err := c.Change(records)
	if err != nil {
		return nil, err
	}
	b.putRecords(records, nil)
	b.putRecords(c.Keep, nil)
	return records, nil
}
