package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/reconcile"
	"github.com/saldo-pix/saldo/statement"
	"github.com/saldo-pix/saldo/wire"
)

// reconciliation is one run as the API shows it.
type reconciliation struct {
	ID            string            `json:"reconciliationId"`
	Status        reconcile.State   `json:"status"`
	Error         *reconcileFailure `json:"error"`
	FileName      *string           `json:"fileName"`
	SHA256        string            `json:"sha256"`
	Size          int64             `json:"size"`
	Format        reconcile.Format  `json:"format"`
	Scope         reconcile.Scope   `json:"scope"`
	WindowMinutes int               `json:"windowMinutes"`
	Columns       map[string]string `json:"columns"`
	Period        *reconcilePeriod  `json:"period"`
	CreatedBy     string            `json:"createdBy"`
	StartedAt     string            `json:"startedAt"`
	EndedAt       *string           `json:"endedAt"`
	LinesRead     int               `json:"linesRead"`
	EntriesRead   int               `json:"entriesRead"`
	File          reconcileSide     `json:"file"`
	Ledger        reconcileSide     `json:"ledger"`
	FeesExplained int               `json:"feesExplained"`
	LinesOutside  int               `json:"linesOutside"`
	Breaks        int               `json:"breaks"`
	OpenBreaks    int               `json:"openBreaks"`
	Classes       []reconcileClass  `json:"classes"`
}

// reconcileFailure says why a reconciliation failed, and where in the file.
type reconcileFailure struct {
	Message string  `json:"message"`
	Line    *int    `json:"line"`
	Field   *string `json:"field"`
}

type reconcilePeriod struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// reconcileSide adds up what one side has in the period.
type reconcileSide struct {
	Lines   int            `json:"lines"`
	Credits money.Centavos `json:"credits"`
	Debits  money.Centavos `json:"debits"`
}

// reconcileClass adds up what is of one class.
type reconcileClass struct {
	Class        reconcile.Class `json:"class"`
	Count        int             `json:"count"`
	Open         int             `json:"open"`
	FileAmount   money.Centavos  `json:"fileAmount"`
	LedgerAmount money.Centavos  `json:"ledgerAmount"`
}

func newReconciliation(r *reconcile.Run) reconciliation {
	side := func(s reconcile.Side) reconcileSide {
		return reconcileSide{s.Lines, s.Credits.Centavos(), s.Debits.Centavos()}
	}
	out := reconciliation{
		ID: formatID(r.ID), Status: r.State, FileName: wire.Optional(r.File), SHA256: r.SHA256, Size: r.Size,
		Format: r.Format, Scope: r.Scope, WindowMinutes: r.Minutes, Columns: r.Reading.Columns, CreatedBy: r.Who,
		StartedAt: wire.Timestamp(r.StartedAt), EndedAt: wire.OptionalTimestamp(r.EndedAt), LinesRead: r.Lines,
		EntriesRead: r.Entries, File: side(r.Summary.File), Ledger: side(r.Summary.Ledger),
		FeesExplained: r.Summary.Fees, LinesOutside: r.Summary.Outside, Breaks: r.Summary.Breaks(),
		Classes: []reconcileClass{},
	}
	if out.Columns == nil {
		out.Columns = map[string]string{}
	}
	if r.Period != (statement.Period{}) {
		out.Period = &reconcilePeriod{r.Period.From.String(), r.Period.To.String()}
	}
	if f := r.Why; f != nil {
		out.Error = &reconcileFailure{Message: f.Reason, Field: wire.Optional(f.Field)}
		if f.Row != 0 {
			out.Error.Line = &f.Row
		}
	}
	for _, class := range append([]reconcile.Class{reconcile.Matched}, reconcile.Breaks()...) {
		c := r.Summary.Classes[class]
		out.OpenBreaks += r.Open[class]
		if c.Count > 0 {
			out.Classes = append(out.Classes, reconcileClass{
				class, c.Count, r.Open[class], c.There.Centavos(), c.Here.Centavos(),
			})
		}
	}
	return out
}

// reconciliationPage is one page of reconciliations.
type reconciliationPage struct {
	Data     []reconciliation `json:"data"`
	Metadata pageMetadata     `json:"metadata"`
}

// Pages of reconciliations and of breaks.
const (
	reconcilePageSize    = 20
	reconcilePageSizeMax = 100
	breakPageSizeMax     = 500
	breakNoteMax         = 1000 // characters
)

// listReconciliations is GET /api/reconciliations: the newest first.
func (s *Server) listReconciliations(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	page := in.Whole("page", 1, statementPageMax, 1)
	size := in.Whole("pageSize", 1, reconcilePageSizeMax, reconcilePageSize)
	if err := in.Err(); err != nil {
		return err
	}
	runs, err := s.Reconciliations.Runs(r.Context(), who.Account)
	if err != nil {
		return err
	}
	out := reconciliationPage{Data: []reconciliation{}, Metadata: newPageMetadata(page, size, len(runs))}
	from := min((page-1)*size, len(runs))
	for i := range runs[from:min(from+size, len(runs))] {
		out.Data = append(out.Data, newReconciliation(&runs[from+i]))
	}
	return wire.Write(w, http.StatusOK, out)
}

// showReconciliation is GET /api/reconciliations/{id}.
func (s *Server) showReconciliation(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	run, err := s.Reconciliations.Find(r.Context(), who.Account, pathID(r))
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, newReconciliation(&run))
}

// reconcileDeletePatience is how long the removal of a reconciliation may take.
const reconcileDeletePatience = 5 * time.Minute

// deleteReconciliation is DELETE /api/reconciliations/{id}.
func (s *Server) deleteReconciliation(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	run, err := s.Reconciliations.Find(r.Context(), who.Account, pathID(r))
	if err != nil {
		return err
	}
	// Where connections have no deadlines, the server's limit is not there either.
	_ = http.NewResponseController(w).SetWriteDeadline(s.Now().Add(reconcileDeletePatience))
	if err := s.Reconciliations.Delete(r.Context(), &run); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// exportReconciliation is GET /api/reconciliations/{id}/export: breaks and matches,
// streamed.
func (s *Server) exportReconciliation(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	format := in.OneOf("format", reconcile.ExportFormats()...)
	if err := in.Err(); err != nil {
		return err
	}
	run, err := s.Reconciliations.Find(r.Context(), who.Account, pathID(r))
	if err != nil {
		return err
	}
	if run.State == reconcile.Running {
		return reconcile.ErrRunning
	}
	about := wire.Stream{ContentType: "text/csv; charset=utf-8", FileName: fmt.Sprintf("conciliacao-%d.csv", run.ID)}
	if format == "json" {
		about = wire.Stream{ContentType: "application/json", FileName: fmt.Sprintf("conciliacao-%d.json", run.ID)}
	}
	return s.exportTo(w, r, &run, format, about)
}

// translateReconcile is the table of reconciliations' errors.
func translateReconcile(err error) *wire.Problem {
	var bad *reconcile.Problem
	if errors.As(err, &bad) {
		return badFile(bad)
	}
	p := &wire.Problem{Message: err.Error()}
	switch {
	case errors.Is(err, reconcile.ErrNone):
		p.Status, p.Code, p.UserMessage = http.StatusNotFound, "NOT_FOUND", "Recurso não encontrado."
	case errors.Is(err, reconcile.ErrRunning):
		p.Status, p.Code = http.StatusConflict, "RECONCILIATION_RUNNING"
		p.UserMessage = "A conciliação ainda está em andamento."
	case errors.Is(err, reconcile.ErrTooMany):
		p.Status, p.Code = http.StatusConflict, "LIMIT_REACHED"
		p.UserMessage = "O limite foi atingido. Exclua uma conciliação antiga."
	case errors.Is(err, reconcile.ErrTooLarge):
		p.Status, p.Code = http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE"
		p.UserMessage = "O arquivo é grande demais."
	case errors.Is(err, reconcile.ErrTaken):
		p.Status, p.Code, p.RetryAfter = http.StatusTooManyRequests, "TOO_MANY_REQUESTS", reconcileRetry
		p.UserMessage = "Outra conciliação está em andamento. Tente novamente em instantes."
	case errors.Is(err, reconcile.ErrBusy):
		p.Status, p.Code, p.RetryAfter = http.StatusServiceUnavailable, "BUSY", reconcileRetry
		p.UserMessage = "Serviço indisponível. Tente novamente em instantes."
	default:
		return nil
	}
	return p
}

// reconcileRetry is when those come back who found no place.
const reconcileRetry = 5 * time.Second

// badFile names the place in a file that can't be read.
func badFile(bad *reconcile.Problem) *wire.Problem {
	details := map[string]any{"field": "file", "line": nil, "column": nil}
	text := "Não foi possível ler o arquivo"
	if bad.Row != 0 {
		details["line"] = bad.Row
		text += ": verifique a linha " + strconv.Itoa(bad.Row)
	}
	if bad.Field != "" {
		details["column"] = bad.Field
	}
	details["violations"] = []wire.Violation{{Field: "file", Reason: bad.Error()}}
	return &wire.Problem{
		Status: http.StatusBadRequest, Code: "INVALID_FILE", Message: "file: " + bad.Error(), UserMessage: text + ".",
		Details: details,
	}
}
