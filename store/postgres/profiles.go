package postgres

import (
	"sync"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

const profileColumns = `p.id, p.name, p.document, p.brand, p.city, p.sandbox, p.pix_keys,
	p.receipt_fee_fixed, p.receipt_fee_rate, p.receipt_fee_min, p.receipt_fee_max,
	p.payment_fee_fixed, p.payment_fee_rate, p.payment_fee_min, p.payment_fee_max,
	p.return_fee_fixed, p.return_fee_rate, p.return_fee_min, p.return_fee_max, p.created_at, p.more`

func (r *rows) profile(p *pix.Profile) {
	r.begin()
	r.uint(uint64(p.ID))
	r.text(p.Name)
	r.text(string(p.Document))
	r.text(p.Brand)
	r.text(p.City)
	r.bool(p.Sandbox)
	r.texts(p.PixKeys)
	for _, f := range []pix.FeeRule{p.Fees.Receipt, p.Fees.Payment, p.Fees.Return} {
		r.int(int64(f.Fixed))
		r.int(f.Rate)
		r.int(int64(f.Min))
		r.int(int64(f.Max))
	}
	r.time(p.CreatedAt)
	r.json(p.More())
	r.end()
}

func readProfile(c *columns) pix.Profile {
	p := pix.Profile{
		ID: ledger.AccountID(c.uint()), Name: c.text(), Document: pixid.Document(c.text()), Brand: c.text(),
		City: c.text(), Sandbox: c.bool(), PixKeys: c.texts(),
		Fees:      pix.Fees{Receipt: readFee(c), Payment: readFee(c), Return: readFee(c)},
		CreatedAt: c.time(),
	}
	if err := p.ReadMore(c.text()); err != nil {
		c.bad = true
	}
	return p
}

func readFee(c *columns) pix.FeeRule {
	return pix.FeeRule{
		Fixed: money.Centavos(c.int()), Rate: c.int(), Min: money.Centavos(c.int()), Max: money.Centavos(c.int()),
	}
}

// profiles keeps the profiles that commits have seen. One is good for as long as
// its account, which a commit has locked, says the same version.
type profiles struct {
	max int

	mu   sync.Mutex
	byID map[ledger.AccountID]keptProfile // guarded by mu
}

type keptProfile struct {
	version int
	pix.Profile
}

func newProfiles(most int) *profiles {
	return &profiles{max: most, byID: make(map[ledger.AccountID]keptProfile)}
}

// get returns the profile of an account as of a version.
func (p *profiles) get(id ledger.AccountID, version int) (pix.Profile, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept, ok := p.byID[id]
	return kept.Profile, ok && kept.version == version
}

func (p *profiles) put(version int, profile pix.Profile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.byID[profile.ID]; !ok && len(p.byID) >= p.max {
		for id := range p.byID { // any will do
			delete(p.byID, id)
			break
		}
	}
	p.byID[profile.ID] = keptProfile{version, profile}
}
