package booktest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/saldo-pix/saldo/pix"
)

// Side steps change what no rule of money looks at, in between the steps that do.

// modelRecord is a record as the model keeps it, by kind and name.
type modelRecord struct {
	owner, number uint64
	body          string
}

// remember creates, changes, moves or removes a record. It answers what was there.
func (g *Generator) remember() *Step {
	n := g.tick()
	kind := pix.RecordKind(1 + g.rng.IntN(2))
	key := pix.RecordKey{Kind: kind, Name: "record-" + itoa(g.rng.Uint64N(12))}
	id, _ := g.account()
	owner := []uint64{0, uint64(id)}[g.rng.IntN(2)]
	r := record(kind, key.Name, owner, n, fmt.Sprintf(`{"n":%d,"text":"\u0000é"}`, n))
	remove := g.rng.IntN(4) == 0
	want := g.model.remember(key, modelRecord{r.Owner, r.Number, string(r.Body)}, remove)
	needs := pix.Needs{Records: []pix.RecordKey{key}}
	if owner != 0 {
		needs.Accounts = append(needs.Accounts, id)
	}
	return &Step{
		Text: fmt.Sprintf("record %+v for %d, remove %t", key, owner, remove), Want: want, needs: needs,
		decide: func(b *pix.Books) (string, error) {
			was, there := b.Records.Get(key)
			switch {
			case !remove:
				b.Records.Put(key, r)
			case there:
				b.Records.Delete(key)
			}
			return "was " + string(was.Body), nil
		},
	}
}

func (m *model) remember(key pix.RecordKey, r modelRecord, remove bool) string {
	was := m.records[key]
	if m.records[key] = r; remove {
		delete(m.records, key)
	}
	return "was " + was.body
}

// agree gives a payment, final or not, new terms. It answers the ones before.
func (g *Generator) agree() *Step {
	n := g.tick()
	e2e := pick(g, g.model.payments)
	if e2e == "" {
		return g.remember()
	}
	location := "pix.example.com/" + itoa(n)
	want := "was " + g.model.locations[e2e]
	g.model.locations[e2e] = location
	key := pix.Key{Space: pix.SpaceEndToEndOut, Value: e2e}
	return &Step{
		Text: fmt.Sprintf("%s is at %s", e2e, location), Want: want, needs: pix.Needs{Keys: []pix.Key{key}},
		decide: func(b *pix.Books) (string, error) {
			target, _ := b.Keys.Get(key)
			m, ok := b.Movements.Get(pix.MovementID(target.ID))
			if !ok {
				return "", pix.ErrNotFound
			}
			var terms pix.Terms
			if m.Terms != nil {
				terms = *m.Terms
			}
			was := terms.Location
			terms.Location = location
			m.Terms = &terms
			b.Movements.Put(m.ID, m)
			return "was " + was, nil
		},
	}
}

// compareSides compares records and terms with the model's.
func (p *player) compareSides() {
	p.f.t.Helper()
	left := maps.Clone(p.g.model.records)
	for r, err := range p.f.s.EachRecord(p.f.ctx) {
		p.f.fatal(err)
		if isCase(r) {
			continue
		}
		want, there := left[r.RecordKey]
		if got := (modelRecord{r.Owner, r.Number, string(r.Body)}); !there || got != want {
			p.fail("record %+v is %+v, the model says %+v, %t", r.RecordKey, got, want, there)
		}
		listed, err := p.f.s.Records(p.f.ctx, r.Kind, r.Owner, r.Number+1, 1)
		p.f.fatal(err)
		if !slices.ContainsFunc(listed, func(other pix.Record) bool { return other.RecordKey == r.RecordKey }) {
			p.fail("record %+v is not in its owner's list", r.RecordKey)
		}
		delete(left, r.RecordKey)
	}
	if len(left) > 0 {
		p.fail("records are missing: %+v", left)
	}
	for e2e, want := range p.g.model.locations {
		target, err := p.f.s.Lookup(p.f.ctx, pix.Key{Space: pix.SpaceEndToEndOut, Value: e2e})
		p.f.fatal(err)
		m, err := p.f.s.Movement(p.f.ctx, pix.MovementID(target.ID))
		p.f.fatal(err)
		if m.Terms == nil || m.Terms.Location != want {
			p.fail("%s has terms %+v, the model says it is at %s", e2e, m.Terms, want)
		}
	}
}
