package localaws

// operation is one API action of one service.
type operation struct {
	// mutating says whether it may change something.
	mutating bool
	newInput func() any
	run      func(s *Server, rq *request, input any) (any, error)
}

// namesResource reports whether calls of the operation name a resource, see Call.Resource.
func (op operation) namesResource() bool {
	_, named := op.newInput().(namesResource)
	return named
}

// nothing is the output of operations that answer nothing.
type nothing struct{}

// reads makes an operation that changes nothing.
func reads[In, Out any](run func(*Server, *request, *In) (*Out, error)) operation {
	return operation{
		newInput: func() any { return new(In) },
		run: func(s *Server, rq *request, input any) (any, error) {
			out, err := run(s, rq, input.(*In))
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	}
}

// writes makes an operation that may change something.
func writes[In, Out any](run func(*Server, *request, *In) (*Out, error)) operation {
	op := reads(run)
	op.mutating = true
	return op
}

// operations are all that the server knows, by IAM action name.
var operations = map[string]operation{
	"sqs:CreateQueue":                  writes((*Server).createQueue),
	"sqs:DeleteQueue":                  writes((*Server).deleteQueue),
	"sqs:GetQueueUrl":                  reads((*Server).getQueueURL),
	"sqs:ListQueues":                   reads((*Server).listQueues),
	"sqs:ListDeadLetterSourceQueues":   reads((*Server).listDeadLetterSourceQueues),
	"sqs:StartMessageMoveTask":         writes((*Server).startMessageMoveTask),
	"sqs:CancelMessageMoveTask":        writes((*Server).cancelMessageMoveTask),
	"sqs:ListMessageMoveTasks":         reads((*Server).listMessageMoveTasks),
	"sqs:GetQueueAttributes":           reads((*Server).getQueueAttributes),
	"sqs:SetQueueAttributes":           writes((*Server).setQueueAttributes),
	"sqs:AddPermission":                writes((*Server).addQueuePermission),
	"sqs:RemovePermission":             writes((*Server).removeQueuePermission),
	"sqs:ListQueueTags":                reads((*Server).listQueueTags),
	"sqs:TagQueue":                     writes((*Server).tagQueue),
	"sqs:UntagQueue":                   writes((*Server).untagQueue),
	"sqs:SendMessage":                  writes((*Server).sendMessage),
	"sqs:SendMessageBatch":             writes((*Server).sendMessageBatch),
	"sqs:ReceiveMessage":               writes((*Server).receiveMessage),
	"sqs:DeleteMessage":                writes((*Server).deleteMessage),
	"sqs:DeleteMessageBatch":           writes((*Server).deleteMessageBatch),
	"sqs:ChangeMessageVisibility":      writes((*Server).changeMessageVisibility),
	"sqs:ChangeMessageVisibilityBatch": writes((*Server).changeMessageVisibilityBatch),
	"sqs:PurgeQueue":                   writes((*Server).purgeQueue),

	"sns:CreateTopic":               writes((*Server).createTopic),
	"sns:DeleteTopic":               writes((*Server).deleteTopic),
	"sns:ListTopics":                reads((*Server).listTopics),
	"sns:GetTopicAttributes":        reads((*Server).getTopicAttributes),
	"sns:SetTopicAttributes":        writes((*Server).setTopicAttributes),
	"sns:GetDataProtectionPolicy":   reads((*Server).getDataProtectionPolicy),
	"sns:PutDataProtectionPolicy":   writes((*Server).putDataProtectionPolicy),
	"sns:AddPermission":             writes((*Server).addTopicPermission),
	"sns:RemovePermission":          writes((*Server).removeTopicPermission),
	"sns:ListTagsForResource":       reads((*Server).listTagsForResource),
	"sns:TagResource":               writes((*Server).tagResource),
	"sns:UntagResource":             writes((*Server).untagResource),
	"sns:Subscribe":                 writes((*Server).subscribe),
	"sns:ConfirmSubscription":       writes((*Server).confirmSubscription),
	"sns:Unsubscribe":               writes((*Server).unsubscribe),
	"sns:GetSubscriptionAttributes": reads((*Server).getSubscriptionAttributes),
	"sns:SetSubscriptionAttributes": writes((*Server).setSubscriptionAttributes),
	"sns:ListSubscriptions":         reads((*Server).listSubscriptions),
	"sns:ListSubscriptionsByTopic":  reads((*Server).listSubscriptionsByTopic),
	"sns:Publish":                   writes((*Server).publish),
	"sns:PublishBatch":              writes((*Server).publishBatch),

	"kms:CreateKey":           writes((*Server).createKey),
	"kms:DescribeKey":         reads((*Server).describeKey),
	"kms:ListKeys":            reads((*Server).listKeys),
	"kms:GetKeyPolicy":        reads((*Server).getKeyPolicy),
	"kms:PutKeyPolicy":        writes((*Server).putKeyPolicy),
	"kms:ListKeyPolicies":     reads((*Server).listKeyPolicies),
	"kms:EnableKey":           writes((*Server).enableKey),
	"kms:DisableKey":          writes((*Server).disableKey),
	"kms:ScheduleKeyDeletion": writes((*Server).scheduleKeyDeletion),
	"kms:CancelKeyDeletion":   writes((*Server).cancelKeyDeletion),
	"kms:CreateAlias":         writes((*Server).createAlias),
	"kms:UpdateAlias":         writes((*Server).updateAlias),
	"kms:DeleteAlias":         writes((*Server).deleteAlias),
	"kms:ListAliases":         reads((*Server).listAliases),
	"kms:TagResource":         writes((*Server).tagKey),
	"kms:UntagResource":       writes((*Server).untagKey),
	"kms:ListResourceTags":    reads((*Server).listKeyTags),

	"cloudwatch:PutMetricAlarm":          writes((*Server).putMetricAlarm),
	"cloudwatch:DeleteAlarms":            writes((*Server).deleteAlarms),
	"cloudwatch:DescribeAlarms":          reads((*Server).describeAlarms),
	"cloudwatch:DescribeAlarmsForMetric": reads((*Server).describeAlarmsForMetric),
	"cloudwatch:SetAlarmState":           writes((*Server).setAlarmState),
	"cloudwatch:EnableAlarmActions":      writes((*Server).enableAlarmActions),
	"cloudwatch:DisableAlarmActions":     writes((*Server).disableAlarmActions),
	"cloudwatch:ListTagsForResource":     reads((*Server).listAlarmTags),
	"cloudwatch:TagResource":             writes((*Server).tagAlarm),
	"cloudwatch:UntagResource":           writes((*Server).untagAlarm),
	"cloudwatch:GetMetricStatistics":     reads((*Server).getMetricStatistics),
	"cloudwatch:GetMetricData":           reads((*Server).getMetricData),
	"cloudwatch:ListMetrics":             reads((*Server).listMetrics),

	"sts:GetCallerIdentity": reads((*Server).getCallerIdentity),
	"sts:AssumeRole":        reads((*Server).assumeRole),

	"tag:GetResources": reads((*Server).getResources),
}
