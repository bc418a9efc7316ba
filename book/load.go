package book

import (
	"strconv"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Source looks up single records, for stores that load a batch record by
// record. ok is false for what is not there.
type Source interface {
	Account(id ledger.AccountID) (a ledger.Account, ok bool, err error)
	Profile(id ledger.AccountID) (p pix.Profile, ok bool, err error)
	// Waiting lists the open holds of an account that wait for credits.
	Waiting(id ledger.AccountID) ([]ledger.Hold, error)
	Hold(account ledger.AccountID, id ledger.HoldID) (h ledger.Hold, ok bool, err error)
	// Target follows a key onward (Onward).
	Target(key pix.Key) (t pix.Target, ok bool, err error)
	Movement(id pix.MovementID) (m pix.Movement, ok bool, err error)
	Job(key pix.JobKey) (j pix.Job, ok bool, err error)
	Record(key pix.RecordKey) (r pix.Record, ok bool, err error)
}

// Onward returns the key to look up after key, which leads to t: that of a suspense
// item which may have become a movement. ok is false where t is the end.
func Onward(key pix.Key, t pix.Target) (next pix.Key, ok bool) {
	return pix.SolvedKey(t.ID), t.Account == 0 && key.Space.LeadsToMovement()
}

// Load fills b with what n names and with what that leads to, as pix.Needs
// promises.
func Load(b *pix.Books, n pix.Needs, src Source) error {
	b.Stripe = n.Stripe
	for _, role := range ledger.SystemRoles() {
		id := ledger.SystemAccount(role, n.Stripe)
		account, ok, err := src.Account(id)
		if err != nil {
			return err
		}
		if ok {
			b.Accounts.Load(id, account)
		} else {
			b.Accounts.Blank(id, ledger.Account{ID: id})
		}
	}
	for _, id := range n.Accounts {
		if err := loadAccount(b, id, src); err != nil {
			return err
		}
	}
	for _, key := range n.Keys {
		if err := loadKey(b, key, src); err != nil {
			return err
		}
	}
	for _, key := range n.Jobs {
		if err := loadJob(b, key, src); err != nil {
			return err
		}
	}
	for _, key := range n.Records {
		if err := loadRecord(b, key, src); err != nil {
			return err
		}
	}
	return nil
}

func loadRecord(b *pix.Books, key pix.RecordKey, src Source) error {
	if b.Records.Loaded(key) {
		return nil
	}
	record, ok, err := src.Record(key)
	if err == nil && ok {
		b.Records.Load(key, record)
	}
	return err
}

func loadJob(b *pix.Books, key pix.JobKey, src Source) error {
	if b.Jobs.Loaded(key) {
		return nil
	}
	job, ok, err := src.Job(key)
	if err == nil && ok {
		b.Jobs.Load(key, job)
	}
	return err
}

func loadAccount(b *pix.Books, id ledger.AccountID, src Source) error {
	if b.Accounts.Loaded(id) {
		return nil
	}
	account, ok, err := src.Account(id)
	if err != nil || !ok {
		return err
	}
	b.Accounts.Load(id, account)
	if id.Role() != ledger.Customer {
		return nil
	}
	profile, ok, err := src.Profile(id)
	if err != nil {
		return err
	}
	if ok {
		b.Profiles.Load(id, profile)
	}
	if account.Sweeps == 0 {
		return nil
	}
	waiting, err := src.Waiting(id)
	for _, h := range waiting {
		b.LoadHold(h)
	}
	return err
}

func loadKey(b *pix.Books, key pix.Key, src Source) error {
	if b.Keys.Loaded(key) {
		return nil
	}
	if key.Space == pix.SpaceMovement {
		return loadNumber(b, key, src)
	}
	target, ok, err := src.Target(key)
	if err != nil || !ok {
		return err
	}
	b.Keys.Load(key, target)
	switch {
	case target.Account == 0:
		return nil
	case key.Space.LeadsToMovement():
		_, err := loadMovement(b, pix.MovementID(target.ID), src)
		return err
	case key.Space.LeadsToHold():
		if err := loadHold(b, target.Account, ledger.HoldID(target.ID), src); err != nil {
			return err
		}
	}
	return loadAccount(b, target.Account, src)
}

// loadNumber resolves the number of a movement, for which there is no key.
func loadNumber(b *pix.Books, key pix.Key, src Source) error {
	id, err := strconv.ParseUint(key.Value, 10, 64)
	if err != nil {
		return nil
	}
	m, err := loadMovement(b, pix.MovementID(id), src)
	if err == nil && m.ID != 0 {
		b.Keys.Load(key, pix.Target{Account: m.Account, ID: id})
	}
	return err
}

func loadMovement(b *pix.Books, id pix.MovementID, src Source) (pix.Movement, error) {
	if m, ok := b.Movements.Get(id); ok {
		return m, nil
	}
	m, ok, err := src.Movement(id)
	if err != nil || !ok {
		return m, err
	}
	b.Movements.Load(id, m)
	if m.Hold != 0 {
		if err := loadHold(b, m.Account, m.Hold, src); err != nil {
			return m, err
		}
	}
	return m, loadAccount(b, m.Account, src)
}

func loadHold(b *pix.Books, account ledger.AccountID, id ledger.HoldID, src Source) error {
	if b.Holds.Loaded(id) {
		return nil
	}
	h, ok, err := src.Hold(account, id)
	if err == nil && ok {
		b.LoadHold(h)
	}
	return err
}
