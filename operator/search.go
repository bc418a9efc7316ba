package operator

import (
	"context"
	"net/http"
	"strings"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

const (
	// searchMax is how long a text to search for may be, in characters.
	searchMax = 100
	// searchScanMax bounds how many accounts one search looks at.
	searchScanMax = 20_000
)

// accountSearch is what a text may mean that an account is searched by. Both are empty
// where every account fits.
type accountSearch struct {
	name   string // folded; a part of it
	number string // of the account or of its owner's document; its beginning
}

func newAccountSearch(text string) accountSearch {
	var q accountSearch
	q.name = folded(text)
	number := strings.ToUpper(strings.NewReplacer(".", "", "-", "", "/", "", " ", "").Replace(text))
	if strings.ContainsAny(number, "0123456789") {
		q.number = number
	}
	return q
}

func (q accountSearch) isEmpty() bool { return q == accountSearch{} }

// fits tells whether an account is searched for.
func (q accountSearch) fits(p *pix.Profile) bool {
	begins := func(text string) bool { return q.number != "" && strings.HasPrefix(text, q.number) }
	return begins(p.ID.String()) || begins(string(p.Document)) ||
		q.name != "" && strings.Contains(folded(p.Name), q.name)
}

// folded is a name without what people leave out when they search: capitals and
// accents. A name that has no letters of ours stays as it is.
func folded(name string) string {
	lower := strings.ToLower(strings.Join(strings.Fields(name), " "))
	if plain := pixid.FoldASCII(lower, len(lower)); plain != "" {
		return plain
	}
	return lower
}

// listAccounts is GET /accounts?search=&after=&limit=. With a search a page may end
// early; its next is null on the last only.
func (s *Server) listAccounts(w http.ResponseWriter, r *http.Request) error {
	in := wire.NewQuery(r)
	q := newAccountSearch(in.Text("search", searchMax))
	after, limit, err := paging(r)
	if err == nil {
		err = in.Err()
	}
	if err != nil {
		return err
	}
	profiles, last, err := s.searchAccounts(r.Context(), q, ledger.AccountID(after), limit)
	if err != nil {
		return err
	}
	page := newPage[accountResponse](len(profiles))
	for _, p := range profiles {
		account, err := s.Reader.Account(r.Context(), p.ID)
		if err != nil {
			return err
		}
		page.Data = append(page.Data, newAccountResponse(p, account.Balance))
	}
	if last != 0 {
		page.Next = wire.Optional(last.String())
	}
	return wire.Write(w, http.StatusOK, page)
}

// searchAccounts returns accounts above after that fit, and the last that it looked at,
// 0 if there are no more.
func (s *Server) searchAccounts(
	ctx context.Context, q accountSearch, after ledger.AccountID, limit int,
) (found []pix.Profile, last ledger.AccountID, err error) {
	size := pageMax
	if q.isEmpty() {
		size = limit
	}
	for seen := 0; seen < searchScanMax; seen += size {
		profiles, err := s.Reader.Profiles(ctx, after, size)
		if err != nil {
			return nil, 0, err
		}
		for i := range profiles {
			after = profiles[i].ID
			if !q.isEmpty() && !q.fits(&profiles[i]) {
				continue
			}
			if found = append(found, profiles[i]); len(found) == limit {
				return found, after, nil
			}
		}
		if len(profiles) < size {
			return found, 0, nil
		}
	}
	return found, after, nil
}
