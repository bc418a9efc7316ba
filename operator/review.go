package operator

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// reviewScanMax bounds how many holds one call of GET /holds looks at.
const reviewScanMax = 10_000

// dueHolds is GET /holds?due=&after=&limit=: open holds of all accounts with a
// deadline at or before due, now if it is left out. A page may end early; its
// next is null on the last only.
func (s *Server) dueHolds(w http.ResponseWriter, r *http.Request) error {
	var f wire.Fields
	var text *string
	if r.URL.Query().Has("due") {
		value := r.URL.Query().Get("due")
		text = &value
	}
	due := f.Time("due", text, s.Now())
	after, limit, err := paging(r)
	if err == nil {
		err = f.Err()
	}
	if err != nil {
		return err
	}
	page := newPage[holdResponse](limit)
	for seen := 0; seen < reviewScanMax; {
		jobs, err := s.Reader.Jobs(r.Context(), pix.TopicReview, after, pageMax)
		if err != nil {
			return err
		}
		for _, job := range jobs {
			after = job.ID
			if job.Due.After(due) {
				continue
			}
			if err := s.addDue(r, &page, job, due); err != nil {
				return err
			}
			if len(page.Data) == limit {
				page.Next = wire.Optional(strconv.FormatUint(after, 10))
				return wire.Write(w, http.StatusOK, page)
			}
		}
		if len(jobs) < pageMax {
			return wire.Write(w, http.StatusOK, page)
		}
		seen += len(jobs)
	}
	page.Next = wire.Optional(strconv.FormatUint(after, 10))
	return wire.Write(w, http.StatusOK, page)
}

// addDue adds the hold of a job, unless it has ended or was put off meanwhile.
func (s *Server) addDue(r *http.Request, page *page[holdResponse], job pix.Job, due time.Time) error {
	h, err := s.Reader.Hold(r.Context(), job.Account, ledger.HoldID(job.ID))
	switch {
	case errors.Is(err, pix.ErrNotFound):
		return nil
	case err != nil:
		return err
	case h.Open() && !h.Deadline.After(due):
		page.Data = append(page.Data, newHoldResponse(h))
	}
	return nil
}
