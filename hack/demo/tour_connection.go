package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/hack/demo/internal/samples"
)

// connectionName is the ConfigMap that Skein keeps for the queue of the sample S1: its default name.
const connectionName = samples.OrdersName + "-queue"

// tourConnection shows the connection ConfigMap and checks that it leads to the queue.
func (d *demo) tourConnection(ctx context.Context) error {
	d.out.Say("A pod takes it with envFrom; names and URLs are written nowhere else.")
	err := d.showKubectl(ctx, "get", "configmap", connectionName, "--namespace="+samples.Namespace,
		`--output=go-template={{range $k, $v := .data}}{{$k}}={{$v}}{{"\n"}}{{end}}`)
	if err != nil {
		return err
	}
	cm := &corev1.ConfigMap{}
	if err := d.env.Client.Get(ctx, client.ObjectKey{Namespace: samples.Namespace, Name: connectionName}, cm); err != nil {
		return fmt.Errorf("reading ConfigMap %s: %w", connectionName, err)
	}
	cq, err := d.consumer(ctx, samples.OrdersName)
	if err != nil {
		return fmt.Errorf("reading %s: %w", samples.Orders, err)
	}
	if !metav1.IsControlledBy(cm, cq) {
		return fmt.Errorf("checking ConfigMap %s: it is not owned by %s", connectionName, samples.Orders)
	}
	for key, arn := range map[string]string{"QUEUE_URL": "QUEUE_ARN", "DLQ_URL": "DLQ_ARN", "UNDELIVERED_URL": "UNDELIVERED_ARN"} {
		attributes, err := d.aws.queue(ctx, cm.Data[key])
		if err != nil {
			return err
		}
		if err := compare("the queue at "+key, attributes, map[string]string{"QueueArn": cm.Data[arn]}); err != nil {
			return err
		}
	}
	if err := compare("ConfigMap "+connectionName, cm.Data, map[string]string{"QUEUE_NAME": "orders-queue", "AWS_REGION": awsRegion}); err != nil {
		return err
	}
	d.out.Seen("each URL in ConfigMap %s leads to the queue of the ARN beside it", connectionName)
	return nil
}
