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
	var names, jobs rows
	for _, key := range n.Keys {
		if askable(key) {
			o.asked = append(o.asked, key)
			names.keyName(key)
		}
	}
	for _, key := range n.Jobs {
		if storable(string(key.Topic)) {
			jobs.jobName(key)
		}
	}
	led, inquired := o.s.guide.plan(o.asked)
	o.inquired = inquired
	accounts = append(accounts, led...)
	slices.Sort(accounts)
	accounts = slices.Compact(accounts)
	o.l.send(&begin, nil)
	jobNames := jobs.array(o.l.types.jobName)
	if len(inquired)+jobs.count == 0 {
		o.l.send(&lockKnown, o.account, ids(accounts))
	} else {
		var names rows
		for _, key := range inquired {
			names.keyName(key)
		}
		o.l.send(&lockAccounts, o.account, ids(accounts), names.array(o.l.types.keyName), jobNames)
	}
	if len(o.asked) > 0 {
		o.l.send(&loadKeys, o.key, names.array(o.l.types.keyName), movementSpaces, holdSpaces)
	}
	if jobs.count > 0 {
		o.l.send(&loadJobs, o.job, jobNames)
	}
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
	i := int(c.int()) - 1
	if c.bad || i < 0 || i >= len(o.asked) {
		return errDecode
	}
	key := o.asked[i]
	var target pix.Target
	if key.Space == pix.SpaceMovement {
		c.skip(2)
	} else {
		target = readTarget(&c)
	}
	if c.null() {
		c.skip(movementWidth)
	} else {
		m := readMovement(&c)
		if !o.books.Movements.Loaded(m.ID) {
			o.books.Movements.Load(m.ID, m)
			o.movements[m.ID] = m
		}
		if key.Space == pix.SpaceMovement {
			target = pix.Target{Account: m.Account, ID: uint64(m.ID)}
		}
	}
	if !c.null() {
		o.hold(readHold(&c))
	}
	if !o.books.Keys.Loaded(key) {
		o.books.Keys.Load(key, target)
	}
	o.found, o.targets = append(o.found, key), append(o.targets, target)
	return c.err()
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
