package httpapi

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/reconcile"
	"github.com/saldo-pix/saldo/statement"
	"github.com/saldo-pix/saldo/wire"
)

// Limits of an upload.
const (
	uploadChunk    = 256 << 10
	uploadPatience = 30 * time.Second // for a chunk
	uploadMost     = 30 * time.Minute // for all of it
	formFieldMax   = 1000             // bytes
	formFieldsMax  = 50
	fileNameMax    = 255 // characters
)

// reconcileFile is POST /api/reconciliations: the file is the body, or the part file
// of a form, whose fields are the same as the parameters. It is matched after the
// answer.
func (s *Server) reconcileFile(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	form := err == nil && kind == "multipart/form-data"
	in := wire.NewQuery(r)
	if !form {
		if _, err := s.readOrder(in, who); err != nil {
			return err // before the file has come
		}
	}
	upload, err := s.Reconciliations.Take(r.Context(), who.Account)
	if err != nil {
		return err
	}
	defer upload.Drop()
	body := &patient{r: r.Body, control: http.NewResponseController(w), now: s.Now, end: s.Now().Add(uploadMost)}
	if form {
		in, err = readForm(body, params["boundary"], r.URL.Query(), upload)
	} else {
		err = copyFile(upload, body)
	}
	if err != nil {
		return uploadProblem(err)
	}
	order, err := s.readOrder(in, who)
	if err != nil {
		return err
	}
	// Reading the first lines takes its time as well.
	_ = body.control.SetWriteDeadline(s.Now().Add(uploadPatience))
	run, err := upload.Start(r.Context(), order)
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/api/reconciliations/"+formatID(run.ID))
	return wire.Write(w, http.StatusAccepted, newReconciliation(&run))
}

// patient reads a body that takes long, as long as it goes on.
type patient struct {
	r       io.Reader
	control *http.ResponseController
	now     func() time.Time
	end     time.Time
}

func (p *patient) Read(b []byte) (int, error) {
	now := p.now()
	if now.After(p.end) {
		return 0, errors.New("the upload takes too long")
	}
	_ = p.control.SetReadDeadline(now.Add(uploadPatience)) // a recorder in a test has none
	n, err := p.r.Read(b)
	_ = p.control.SetWriteDeadline(p.now().Add(uploadPatience))
	return n, err
}

// copyFile keeps errors of the file apart from those of the body.
func copyFile(to io.Writer, from io.Reader) error {
	chunk := make([]byte, uploadChunk)
	for {
		n, err := from.Read(chunk)
		if n > 0 {
			if _, err := to.Write(chunk[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return errBody
		}
	}
}

var errBody = errors.New("could not be read")

func uploadProblem(err error) error {
	if errors.Is(err, errBody) {
		return wire.Invalid("body", errBody.Error())
	}
	return err
}

// readForm reads the fields of a form and copies its file. Parameters of the URL count
// as well.
func readForm(body io.Reader, boundary string, values url.Values, to io.Writer) (*wire.Query, error) {
	parts := multipart.NewReader(body, boundary)
	file := false
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF) && !file:
			return nil, wire.Invalid("file", "is missing")
		case errors.Is(err, io.EOF):
			return wire.NewQuery(&http.Request{URL: &url.URL{RawQuery: values.Encode()}}), nil
		case err != nil:
			return nil, errBody
		case n == formFieldsMax:
			return nil, wire.Invalid("body", fmt.Sprintf("has more than %d fields", formFieldsMax))
		case part.FormName() == "file" && file:
			return nil, wire.Invalid("file", "must be given once")
		case part.FormName() == "file":
			file = true
			if !values.Has("fileName") {
				values.Set("fileName", part.FileName())
			}
			if err := copyFile(to, part); err != nil {
				return nil, err
			}
		default:
			if err := readField(part, values); err != nil {
				return nil, err
			}
		}
	}
}

func readField(part *multipart.Part, values url.Values) error {
	name := part.FormName()
	text, err := io.ReadAll(io.LimitReader(part, formFieldMax+1))
	switch {
	case err != nil:
		return errBody
	case len(name) > formFieldMax:
		return wire.Invalid("body", "has a field with a long name")
	case len(text) > formFieldMax:
		return wire.Invalid(name, fmt.Sprintf("must have at most %d bytes", formFieldMax))
	}
	values.Add(name, string(text))
	return nil
}

// readOrder reads how a file is to be matched.
func (s *Server) readOrder(in *wire.Query, who auth.Identity) (reconcile.Order, error) {
	o := reconcile.Order{Who: who.ClientID, File: in.Text("fileName", fileNameMax)}
	o.Format = formatOf(in, o.File)
	o.Scope = reconcile.Scope(in.OneOf("scope", reconcile.Scopes()...))
	o.Window = time.Duration(in.Whole("windowMinutes", 1, int(reconcile.WindowMax/time.Minute),
		int(reconcile.WindowDefault/time.Minute))) * time.Minute
	from, to := in.Text("from", extractDayMax), in.Text("to", extractDayMax)
	if from != "" || to != "" {
		o.Period = statement.ParsePeriod(from, to, s.Now(), in.Refuse)
		if from == "" {
			in.Refuse("from", "must be given with to")
		}
	}
	o.Reading = readReading(in)
	if err := in.Err(); err != nil {
		return o, err
	}
	var bad *reconcile.Problem
	if errors.As(o.Reading.Check(), &bad) {
		return o, wire.Invalid(bad.Field, bad.Reason)
	}
	return o, nil
}

// formatOf is the format that is given, or that of the file's name.
func formatOf(in *wire.Query, file string) reconcile.Format {
	if name := in.OneOf("format", reconcile.Formats()...); name != "" {
		return reconcile.Format(name)
	}
	format := reconcile.FormatOf(file)
	if format == "" {
		in.Refuse("format", "must be one of "+strings.Join(reconcile.Formats(), ", "))
	}
	return format
}

// columnSuffix ends the parameters that name a column of a CSV file.
const columnSuffix = "Column"

func readReading(in *wire.Query) reconcile.Reading {
	reading := reconcile.Reading{
		DateFormat: in.Text("dateFormat", formFieldMax), Decimal: in.OneOf("decimal", "comma", "point"),
		Separator: in.OneOf("separator", "semicolon", "comma", "tab"), Skip: in.Whole("skip", 0, reconcile.SkipMax, 0),
	}
	if utc := in.Bool("utc"); utc != nil {
		reading.UTC = *utc
	}
	for _, what := range slices.Sorted(slices.Values(reconcile.ColumnNames())) {
		if heading := in.Text(what+columnSuffix, reconcile.HeadingMax); heading != "" {
			if reading.Columns == nil {
				reading.Columns = make(reconcile.Columns)
			}
			reading.Columns[what] = heading
		}
	}
	return reading
}
