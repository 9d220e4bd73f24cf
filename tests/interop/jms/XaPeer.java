package interop.jms;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import javax.jms.JMSException;
import javax.jms.Queue;
import javax.jms.XASession;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.apache.activemq.ActiveMQXAConnection;
import org.apache.activemq.ActiveMQXAConnectionFactory;
import org.apache.activemq.command.XATransactionId;

/**
 * A transaction manager that is told what to do, a line a step, {@code STEP NUMBER}: it answers
 * {@code done}, or the code of the XAException. {@code prepare} receives a message of {@code in}
 * and sends one to {@code out} first; {@code recover} answers how many branches it found.
 */
public final class XaPeer {
    private static final int WAIT_MS = 20_000;

    private final ActiveMQXAConnection connection;
    private final XASession session;
    private final XAResource resource;

    private XaPeer(String url) throws JMSException {
        connection = (ActiveMQXAConnection)
                new ActiveMQXAConnectionFactory(url).createXAConnection();
        connection.start();
        session = connection.createXASession();
        resource = session.getXAResource();
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        XaPeer peer = new XaPeer(arguments[0]);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            System.out.println(peer.answer(words[0], xid(words[1])));
        }
        peer.connection.close();
    }

    private String answer(String step, Xid xid) throws JMSException {
        try {
            return perform(step, xid);
        } catch (XAException refused) {
            return String.valueOf(refused.errorCode);
        }
    }

    private String perform(String step, Xid xid) throws JMSException, XAException {
        switch (step) {
            case "prepare":
                work(xid);
                resource.prepare(xid);
                return "done";
            case "commit":
                resource.commit(xid, false);
                return "done";
            case "rollback":
                resource.rollback(xid);
                return "done";
            case "forget":
                resource.forget(xid);
                return "done";
            case "recover":
                return String.valueOf(resource.recover(XAResource.TMSTARTRSCAN).length);
            default:
                return "what is " + step + "?";
        }
    }

    private void work(Xid xid) throws JMSException, XAException {
        Queue in = session.createQueue("in");
        resource.start(xid, XAResource.TMNOFLAGS);
        var consumer = session.createConsumer(in);
        if (consumer.receive(WAIT_MS) == null) {
            throw new JMSException("there is no message");
        }
        session.createProducer(session.createQueue("out")).send(session.createTextMessage("m"));
        resource.end(xid, XAResource.TMSUCCESS);
        consumer.close();
    }

    private static Xid xid(String number) {
        XATransactionId xid = new XATransactionId();
        xid.setFormatId(4711);
        xid.setGlobalTransactionId(number.getBytes(StandardCharsets.UTF_8));
        xid.setBranchQualifier("b".getBytes(StandardCharsets.UTF_8));
        return xid;
    }
}
