package main

// explained are the recorded cases that the local AWS answers differently on purpose, by name, each with its reason.
var explained = map[string]string{
	"test_not_found_error_on_set_subscription_attributes/set_subscription_attributes-ok-1": "AWS's cache: right after " +
		"Unsubscribe the call still succeeded, later it was answered NotFound (see the test that it comes from); here " +
		"it is NotFound at once, and only reads can be made to lag",
}

// reasonOf says how an answer differs and, where it is known, why it does.
func reasonOf(c recorded, differs error) string {
	if why, known := explained[c.name()]; known {
		return differs.Error() + " (on purpose: " + why + ")"
	}
	return differs.Error()
}
