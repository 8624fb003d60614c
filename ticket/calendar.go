package ticket

// Calendar says which days are worked.
type Calendar struct {
	// Days off the weekly pattern by date (yyyy-mm-dd): true is worked.
	Days map[string]bool
}
