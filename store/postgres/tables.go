package postgres

import "strings"

// table is one that takes rows of a type by arrays, and the ways to do that.
type table struct {
	insert  statement // fails on a row whose key is taken
	update  statement // passes over a row that is not there
	replace statement // writes a row whether it is there or not
	keep    statement // leaves a row alone that is there
}

// newTable returns the statements of a table, which is given rows of a type. The
// key comes first among the columns.
func newTable(name, row string, keys int, columns string) table {
	all := strings.Fields(columns)
	rows := ` FROM unnest($1::` + row + `[]) AS u`
	insert := `INSERT INTO ` + name + ` (` + strings.Join(all, ", ") + `) SELECT ` + each(all, "u.%") + rows
	conflict := ` ON CONFLICT (` + strings.Join(all[:keys], ", ") + `) DO `
	same := strings.ReplaceAll(each(all[:keys], "t.%=u.%"), ",", " AND")
	return table{
		insert: statement{"saldo_insert_" + name, insert},
		update: statement{"saldo_update_" + name,
			`UPDATE ` + name + ` AS t SET ` + each(all[keys:], "%=u.%") + rows + ` WHERE ` + same},
		replace: statement{"saldo_replace_" + name, insert + conflict + `UPDATE SET ` + each(all[keys:], "%=excluded.%")},
		keep:    statement{"saldo_keep_" + name, insert + conflict + `NOTHING`},
	}
}

// each writes every column into a pattern, for %, and joins them with commas.
func each(columns []string, pattern string) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = strings.ReplaceAll(pattern, "%", c)
	}
	return strings.Join(out, ", ")
}

// The tables that commits write by arrays. Columns stand in the order of the row
// type, and of the functions that write and read rows.
var (
	accountTable = newTable("accounts", "account_row", 1, `id posted held entries head last_at sweeps`)

	profileTable = newTable("profiles", "profile_row_2", 1, `id name document brand city sandbox pix_keys
		receipt_fee_fixed receipt_fee_rate receipt_fee_min receipt_fee_max
		payment_fee_fixed payment_fee_rate payment_fee_min payment_fee_max
		return_fee_fixed return_fee_rate return_fee_min return_fee_max created_at more`)

	holdTable = newTable("holds", "hold_row", 2, `account id reason requested held captured released cancelled
		shortfall sweep about case_id deadline opened_at closed_at`)

	movementTable = newTable("movements", "movement_row_2", 1, `id account kind status amount fee external_id
		correlation end_to_end_id tx_id pix_key description counterpart_name counterpart_document
		counterpart_ispb counterpart_bank_code counterpart_bank_name counterpart_branch counterpart_number
		br_code notes hold processing rail scenario expires_at created_at updated_at processed_at
		error_code error_message more`)

	lineTable = newTable("entry_lines", "line_row", 3, `account at number posted held posted_after held_after hash
		home_account home_at home_number kind about entry_at line_accounts line_ats line_numbers
		hold_accounts hold_ids hold_changes`)

	keyTable = newTable("keys", "key_row", 3, `space account value target_account target`)

	recordTable = newTable("records", "record_row", 2, `kind name owner number body`)

	suspenseTable = newTable("suspense", "suspense_row", 1, `id reason amount received_at event_id event_type
		end_to_end_id movement tx_id pix_key event_amount payer_name payer_document payer_ispb payer_bank_code
		payer_bank_name payer_branch payer_number event_at error_code error_message raw`)
)
