package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// loading is what a commit loads into its books under the locks that it takes.
type loading struct {
	s     *Store
	l     *line
	books *pix.Books

	asked    []pix.Key // those that may exist
	numbered []pix.Key // numbers of movements
	inquired []pix.Key // those that had to be asked for before the locking
	found    []pix.Key // those that are there, and where they lead
	targets  []pix.Target
	versions []profileVersion // of customer accounts
	waits    []ledger.AccountID
	more     []ledger.AccountID // to be locked besides, found out by an earlier try
	// unlocked are the accounts that keys lead to and that were not locked.
	unlocked []ledger.AccountID

	// What is changed is written more briefly if it is known what it was.
	holds     map[ledger.HoldID]ledger.Hold
	movements map[pix.MovementID]pix.Movement
}

func newLoading(s *Store, l *line, more []ledger.AccountID) *loading {
	return &loading{
		s: s, l: l, books: new(pix.Books), more: more,
		holds: make(map[ledger.HoldID]ledger.Hold), movements: make(map[pix.MovementID]pix.Movement),
	}
}

type profileVersion struct {
	account ledger.AccountID
	version int
}

// load begins a transaction, locks the accounts that n names and leads to, and
// fills books. It takes one round trip, or two when there are profiles that this
// node has not seen yet or holds that wait.
func (o *loading) load(ctx context.Context, n pix.Needs) (failed, broken error) {
	o.books.Stripe = n.Stripe
	o.ask(n)
	if failed, broken = o.l.exchange(ctx); failed != nil || broken != nil {
		return failed, broken
	}
	o.l.clear()
	o.blankSystem(n.Stripe)
	if o.findUnlocked(); len(o.unlocked) > 0 {
		return errUnlocked, nil
	}
	return o.loadRest(ctx)
}

// ask sends the questions of the first round trip.
func (o *loading) ask(n pix.Needs) {
	accounts := make([]ledger.AccountID, 0, len(n.Accounts)+len(n.Keys)+len(ledger.SystemRoles()))
	for _, role := range ledger.SystemRoles() {
		accounts = append(accounts, ledger.SystemAccount(role, n.Stripe))
	}
	accounts = append(append(accounts, n.Accounts...), o.more...)
	names, numbers := o.sort(n.Keys)
	var jobs rows
	for _, key := range n.Jobs {
		if storable(string(key.Topic)) {
			jobs.jobName(key)
		}
	}
	accounts, o.inquired = o.s.guide.plan(n.Keys, accounts)
	slices.Sort(accounts)
	accounts = slices.Compact(accounts)
	types := o.l.types
	o.l.send(&begin, nil)
	if len(o.inquired)+jobs.count == 0 {
		o.l.send(&lockKnown, o.account, ids(accounts))
	} else {
		inquiry := loading{}
		names, numbers := inquiry.sort(o.inquired)
		o.l.send(&lockAccounts, o.account, ids(accounts), names.array(types.keyName), ids(numbers),
			jobs.array(types.jobName))
	}
	if names.count > 0 {
		o.l.send(&loadKeys, o.key, names.array(types.keyName), movementSpaces, holdSpaces)
	}
	if len(numbers) > 0 {
		o.l.send(&loadNumbers, o.number, ids(numbers))
	}
	if jobs.count > 0 {
		o.l.send(&loadJobs, o.job, jobs.array(types.jobName))
	}
	if records := askedRecords(n.Records); records.count > 0 {
		o.l.send(&loadRecords, o.record, records.array(types.recordName))
	}
}

// askedRecords leaves out those that can't exist.
func askedRecords(keys []pix.RecordKey) (names rows) {
	for _, key := range keys {
		if storable(key.Name) {
			names.recordName(key)
		}
	}
	return names
}

// sort tells keys from the numbers of movements, and leaves out those that can't
// exist.
func (o *loading) sort(keys []pix.Key) (names rows, numbers []uint64) {
	for _, key := range keys {
		if id, ok := movementNumber(key); ok {
			o.numbered = append(o.numbered, key)
			numbers = append(numbers, id)
		} else if askable(key) {
			o.asked = append(o.asked, key)
			names.keyName(key)
		}
	}
	return names, numbers
}

func (o *loading) account(row [][]byte) error {
	c := columns{left: row}
	a := readAccount(&c)
	version := c.int32()
	if err := c.err(); err != nil {
		return err
	}
	o.books.Accounts.Load(a.ID, a)
	if a.ID.Role() == ledger.Customer && version > 0 {
		o.versions = append(o.versions, profileVersion{a.ID, version})
	}
	if a.Sweeps > 0 {
		o.waits = append(o.waits, a.ID)
	}
	return nil
}

func (o *loading) key(row [][]byte) error {
	c := columns{left: row}
	key, err := nth(&c, o.asked)
	if err != nil {
		return err
	}
	target := readTarget(&c)
	if c.null() {
		c.skip(movementWidth)
	} else {
		o.movement(readMovement(&c))
	}
	if !c.null() {
		o.hold(readHold(&c))
	}
	o.lead(key, target)
	return c.err()
}

func (o *loading) number(row [][]byte) error {
	c := columns{left: row}
	key, err := nth(&c, o.numbered)
	if err != nil {
		return err
	}
	m := readMovement(&c)
	if !c.null() {
		o.hold(readHold(&c))
	}
	o.movement(m)
	o.lead(key, pix.Target{Account: m.Account, ID: uint64(m.ID)})
	return c.err()
}

// nth reads the place of a key in a question, which counts from one.
func nth(c *columns, keys []pix.Key) (pix.Key, error) {
	i := c.uint() - 1
	if c.bad || i >= uint64(len(keys)) {
		return pix.Key{}, errDecode
	}
	return keys[i], nil
}

func (o *loading) lead(key pix.Key, target pix.Target) {
	if !o.books.Keys.Loaded(key) {
		o.books.Keys.Load(key, target)
	}
	o.found, o.targets = append(o.found, key), append(o.targets, target)
}

func (o *loading) movement(m pix.Movement) {
	if !o.books.Movements.Loaded(m.ID) {
		o.books.Movements.Load(m.ID, m)
		o.movements[m.ID] = m
	}
}

func (o *loading) hold(h ledger.Hold) {
	o.books.LoadHold(h)
	o.holds[h.ID] = h
}

func (o *loading) job(row [][]byte) error {
	j, err := readRow(row, readJob)
	if err == nil && !o.books.Jobs.Loaded(j.JobKey) {
		o.books.Jobs.Load(j.JobKey, j)
	}
	return err
}

func (o *loading) record(row [][]byte) error {
	r, err := readRow(row, readRecord)
	if err == nil && !o.books.Records.Loaded(r.RecordKey) {
		o.books.Records.Load(r.RecordKey, r)
	}
	return err
}

// blankSystem gives the system accounts of a stripe that nobody has posted to.
func (o *loading) blankSystem(stripe int) {
	for _, role := range ledger.SystemRoles() {
		if id := ledger.SystemAccount(role, stripe); !o.books.Accounts.Loaded(id) {
			o.books.Accounts.Blank(id, ledger.Account{ID: id})
		}
	}
}

// findUnlocked finds what keys lead to that was not locked, and remembers where
// the keys lead that nobody knew of.
func (o *loading) findUnlocked() {
	var leads []book.TakenKey
	for i, t := range o.targets {
		key := o.found[i]
		known := t.Account == 0 || o.books.Accounts.Loaded(t.Account) || slices.Contains(o.more, t.Account)
		if !known {
			o.unlocked = append(o.unlocked, t.Account)
			o.s.guide.surprised(key)
		}
		if !known || slices.Contains(o.inquired, key) {
			leads = append(leads, book.TakenKey{Key: key, Target: t})
		}
	}
	if len(leads) > 0 {
		o.s.guide.learn(leads)
	}
}

// loadRest loads the profiles that the node does not have in their newest
// version, and the holds that wait for credits.
func (o *loading) loadRest(ctx context.Context) (failed, broken error) {
	var missing []ledger.AccountID
	versions := make(map[ledger.AccountID]int)
	for _, v := range o.versions {
		if p, ok := o.s.profiles.get(v.account, v.version); ok {
			o.books.Profiles.Load(v.account, p)
			continue
		}
		missing = append(missing, v.account)
		versions[v.account] = v.version
	}
	if len(missing)+len(o.waits) == 0 {
		return nil, nil
	}
	if len(missing) > 0 {
		o.l.send(&loadProfiles, func(row [][]byte) error {
			p, err := readRow(row, readProfile)
			if err == nil {
				o.s.profiles.put(versions[p.ID], p)
				o.books.Profiles.Load(p.ID, p)
			}
			return err
		}, ids(missing))
	}
	if len(o.waits) > 0 {
		o.l.send(&loadWaiting, func(row [][]byte) error {
			h, err := readRow(row, readHold)
			if err == nil {
				o.hold(h)
			}
			return err
		}, ids(o.waits))
	}
	failed, broken = o.l.exchange(ctx)
	o.l.clear()
	return failed, broken
}

// errUnlocked means that too little was locked.
var errUnlocked = errors.New("a key leads to an account that is not locked")

// The spaces of keys that lead to movements and to holds, as parameters.
var movementSpaces, holdSpaces = spaces(pix.Space.LeadsToMovement), spaces(pix.Space.LeadsToHold)
