<?php
// PHP's STOMP client: URL. A line of JSON for a command, a line for its answer.

$client = new Stomp($argv[1]);
$client->setReadTimeout(20);
while (($line = fgets(STDIN)) !== false) {
    $command = json_decode($line, true);
    $answer = new stdClass();
    switch ($command["verb"]) {
        case "subscribe":
            $client->subscribe($command["to"], ["ack" => "client-individual", "receipt" => "s"]);
            break;
        case "send":
            $bytes = $command["bytes"] ?? false;
            $body = $bytes ? base64_decode($command["body"]) : $command["body"];
            // The client counts every body; this says what it is.
            $headers = ["persistent" => "true", "receipt" => "r",
                        "amq-msg-type" => $bytes ? "bytes" : "text"];
            if (isset($command["tone"])) {
                $headers["tone"] = $command["tone"];
            }
            if (!$client->send($command["to"], $body, $headers)) {
                fwrite(STDERR, "not sent: " . $client->error() . "\n");
                exit(1);
            }
            break;
        case "receive":
            $frame = $client->readFrame();
            if ($frame === false) {
                fwrite(STDERR, "nothing received: " . $client->error() . "\n");
                exit(1);
            }
            $client->ack($frame);
            $bytes = $command["bytes"] ?? false;
            $answer->body = $bytes ? base64_encode($frame->body) : $frame->body;
            $answer->tone = $frame->headers["tone"] ?? $frame->headers["text"] ?? null;
            break;
        case "close":
            unset($client);
            echo json_encode($answer), "\n";
            exit(0);
    }
    echo json_encode($answer), "\n";
}
