<?php
// The story of run_clients.py by php-amqplib. Usage: php php_amqplib.php PORT; prints a line for
// each part.
require_once "PhpAmqpLib/autoload.php";

use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Exception\AMQPProtocolChannelException;
use PhpAmqpLib\Message\AMQPMessage;
use PhpAmqpLib\Wire\AMQPTable;

const WAIT_SECONDS = 60;

function connected(): AMQPStreamConnection
{
    return new AMQPStreamConnection("127.0.0.1", (int) $GLOBALS["argv"][1], "guest", "guest");
}

function part(string $name, callable $play): void
{
    $channel = $GLOBALS["connection"]->channel();
    echo $name, ": ", $play($channel), "\n";
    $channel->close();
}

function publish($channel, string $queue, string $body, bool $mandatory = false): void
{
    $channel->basic_publish(new AMQPMessage($body), "", $queue, $mandatory);
}

function taken($channel, string $queue): string
{
    $message = $channel->basic_get($queue, true);
    return $message === null ? "empty" : $message->body;
}

function wait_until($channel, callable $come): void
{
    while (!$come()) {
        $channel->wait(null, false, WAIT_SECONDS);
    }
}

$connection = connected();

part("confirm", function ($channel) {
    $channel->queue_declare("c.confirm", auto_delete: false);
    $channel->confirm_select();
    $confirmed = 0;
    $channel->set_ack_handler(function () use (&$confirmed) { ++$confirmed; });
    publish($channel, "c.confirm", "hello");
    $channel->wait_for_pending_acks(WAIT_SECONDS);
    assert($confirmed === 1);
    return taken($channel, "c.confirm") . " " . taken($channel, "c.confirm");
});

part("returned", function ($channel) {
    $back = null;
    $channel->set_return_listener(
        function ($code, $text, $exchange, $key, $message) use (&$back) {
            $back = "$code $text $message->body";
        }
    );
    publish($channel, "c.nowhere", "lost", true);
    wait_until($channel, function () use (&$back) { return $back !== null; });
    return $back;
});

part("nack", function ($channel) {
    $channel->queue_declare("c.nack", auto_delete: false);
    publish($channel, "c.nack", "again");
    $got = [];
    $channel->basic_consume("c.nack", callback: function ($message) use (&$got) {
        $got[] = $message;
        count($got) === 1 ? $message->nack(true) : $message->ack();
    });
    wait_until($channel, function () use (&$got) { return count($got) === 2; });
    return $got[1]->body . " " . var_export($got[1]->isRedelivered(), true);
});

part("dead letter", function ($channel) {
    $channel->queue_declare("c.dead", auto_delete: false);
    $channel->queue_declare("c.reject", auto_delete: false, arguments: new AMQPTable(
        ["x-dead-letter-exchange" => "", "x-dead-letter-routing-key" => "c.dead"]
    ));
    publish($channel, "c.reject", "bad");
    $channel->basic_get("c.reject")->reject(false);
    $dead = null;
    while ($dead === null) {
        $dead = $channel->basic_get("c.dead", true);
    }
    $death = $dead->get("application_headers")->getNativeData()["x-death"][0];
    return "$dead->body {$death['reason']} {$death['queue']} {$death['count']}";
});

part("cancelled", function ($channel) {
    $channel->queue_declare("c.cancel", auto_delete: false);
    $tag = $channel->basic_consume("c.cancel", callback: function () {});
    $channel->queue_delete("c.cancel");
    try {
        wait_until($channel, function () { return false; });
    } catch (PhpAmqpLib\Exception\AMQPBasicCancelException $told) {
        return $told->consumerTag === $tag ? "null" : "another tag";
    }
});

part("stopped", function ($channel) {
    $channel->queue_declare("c.stop", auto_delete: false);
    $tag = $channel->basic_consume("c.stop", no_ack: true, callback: function () {});
    $channel->basic_cancel($tag);
    publish($channel, "c.stop", "kept");
    return taken($channel, "c.stop");
});

part("exclusive", function ($channel) {
    $channel->queue_declare("c.mine", exclusive: true);
    $other = connected();
    $code = "allowed";
    try {
        $other->channel()->queue_declare("c.mine", passive: true);
    } catch (AMQPProtocolChannelException $refused) {
        $code = $refused->getCode();
    }
    $other->close();
    return $code;
});

part("transaction", function ($channel) {
    $channel->queue_declare("c.tx", auto_delete: false);
    $channel->tx_select();
    publish($channel, "c.tx", "forgotten");
    $channel->tx_rollback();
    publish($channel, "c.tx", "kept");
    $channel->tx_commit();
    return taken($channel, "c.tx") . " " . taken($channel, "c.tx");
});

$connection->close();
