package policydoc

import awspolicy "github.com/hashicorp/awspolicyequivalence"

// EquivalentJSON reports whether two whole documents are equivalent by the judgement of another implementation, once
// actions and condition keys are in lower case. Tests use it to check what Canonical says. Text that is no policy
// document is equivalent to nothing.
func EquivalentJSON(a, b string) bool {
	lowerA, errA := lowerDocument(a)
	lowerB, errB := lowerDocument(b)
	if errA != nil || errB != nil {
		return false
	}
	equivalent, err := awspolicy.PoliciesAreEquivalent(lowerA, lowerB)
	return err == nil && equivalent
}

// lowerDocument writes a document anew with its case-insensitive parts in lower case.
func lowerDocument(s string) (string, error) {
	doc, err := Parse(s)
	if err != nil {
		return "", err
	}
	for i := range doc.Statements {
		statement := &doc.Statements[i]
		statement.raw = ""
		statement.Action, statement.NotAction = lower(statement.Action), lower(statement.NotAction)
		conditions := statement.canonicalCondition()
		statement.Condition = nil
		for _, c := range conditions {
			statement.addCondition(c[0].(string), c[1].(string), c[2].([]string)...)
		}
	}
	return doc.JSON(), nil
}
