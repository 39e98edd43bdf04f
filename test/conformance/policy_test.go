package conformance

// policyOf is a policy document of statements.
func policyOf(statements ...map[string]any) string {
	return asJSON(map[string]any{"Version": "2012-10-17", "Statement": statements})
}

// admit lets a topic deliver to a queue.
func admit(topic, queue string) map[string]any {
	return admitIf(queue, map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": topic}})
}

// admitIf lets SNS deliver to a queue under a condition.
func admitIf(queue string, condition map[string]any) map[string]any {
	return map[string]any{
		"Effect": "Allow", "Principal": map[string]any{"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue,
		"Condition": condition,
	}
}

// deny keeps everybody from an action, under a condition if there is one.
func deny(action, resource string, condition map[string]any) map[string]any {
	statement := map[string]any{"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource}
	if condition != nil {
		statement["Condition"] = condition
	}
	return statement
}
