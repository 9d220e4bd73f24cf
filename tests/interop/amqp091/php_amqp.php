<?php
// The story of run_clients.py by PHP's extension amqp. Usage: php php_amqp.php PORT; prints a line
// for each part. The extension is told of no queue that goes.

const WAIT_SECONDS = 60;

function connected(): AMQPConnection
{
    $connection = new AMQPConnection(
        ["host" => "127.0.0.1", "port" => (int) $GLOBALS["argv"][1], "read_timeout" => WAIT_SECONDS]
    );
    $connection->connect();
    return $connection;
}

function part(string $name, callable $play): void
{
    $channel = new AMQPChannel($GLOBALS["connection"]);
    echo $name, ": ", $play($channel), "\n";
    $channel->close();
}

function declared(AMQPChannel $channel, string $name, int $flags = 0, array $arguments = []): AMQPQueue
{
    $queue = new AMQPQueue($channel);
    $queue->setName($name);
    $queue->setFlags($flags);
    $queue->setArguments($arguments);
    $queue->declareQueue();
    return $queue;
}

function taken(AMQPQueue $queue): string
{
    $message = $queue->get(AMQP_AUTOACK);
    return $message === false || $message === null ? "empty" : $message->getBody();
}

$connection = connected();

part("confirm", function ($channel) {
    $queue = declared($channel, "c.confirm");
    $channel->confirmSelect();
    $channel->setConfirmCallback(function () { return false; }, function () { return false; });
    (new AMQPExchange($channel))->publish("hello", "c.confirm");
    $channel->waitForConfirm(WAIT_SECONDS);
    return taken($queue) . " " . taken($queue);
});

part("returned", function ($channel) {
    $back = null;
    $channel->setReturnCallback(
        function ($code, $text, $exchange, $key, $properties, $body) use (&$back) {
            $back = "$code $text $body";
            return false;
        }
    );
    (new AMQPExchange($channel))->publish("lost", "c.nowhere", AMQP_MANDATORY);
    $channel->waitForBasicReturn(WAIT_SECONDS);
    return $back;
});

part("nack", function ($channel) {
    $queue = declared($channel, "c.nack");
    (new AMQPExchange($channel))->publish("again", "c.nack");
    $got = [];
    $queue->consume(function ($message) use ($queue, &$got) {
        $got[] = $message;
        if (count($got) === 1) {
            return $queue->nack($message->getDeliveryTag(), AMQP_REQUEUE);
        }
        $queue->ack($message->getDeliveryTag());
        return false;
    });
    $queue->cancel();
    return $got[1]->getBody() . " " . var_export($got[1]->isRedelivery(), true);
});

part("dead letter", function ($channel) {
    $dead = declared($channel, "c.dead");
    $queue = declared($channel, "c.reject", 0, [
        "x-dead-letter-exchange" => "", "x-dead-letter-routing-key" => "c.dead",
    ]);
    (new AMQPExchange($channel))->publish("bad", "c.reject");
    $queue->reject($queue->get()->getDeliveryTag());
    do {
        $letter = $dead->get(AMQP_AUTOACK);
    } while (!$letter);
    $death = $letter->getHeaders()["x-death"][0];
    return "{$letter->getBody()} {$death['reason']} {$death['queue']} {$death['count']}";
});

part("stopped", function ($channel) {
    $queue = declared($channel, "c.stop");
    $queue->consume(null, AMQP_AUTOACK, "tag");
    $queue->cancel("tag");
    (new AMQPExchange($channel))->publish("kept", "c.stop");
    return taken($queue);
});

part("exclusive", function ($channel) {
    declared($channel, "c.mine", AMQP_EXCLUSIVE);
    try {
        declared(new AMQPChannel(connected()), "c.mine", AMQP_PASSIVE);
        return "allowed";
    } catch (AMQPQueueException $refused) {
        return $refused->getCode();
    }
});

part("transaction", function ($channel) {
    $queue = declared($channel, "c.tx");
    $exchange = new AMQPExchange($channel);
    $channel->startTransaction();
    $exchange->publish("forgotten", "c.tx");
    $channel->rollbackTransaction();
    $exchange->publish("kept", "c.tx");
    $channel->commitTransaction();
    return taken($queue) . " " . taken($queue);
});

$connection->disconnect();
