import { useEffect, useRef, useState } from 'preact/hooks';

import { Latencies, Queue, Status } from './api';

export interface Sample {
    at_ms: number;
    broker: Status;
    /** Of the busiest queues together. */
    latency?: Latencies;
    queue?: Queue;
}

const SAMPLES = 180;

/** The broker's numbers each second, the latest last; with those of a queue if one is named. */
export function useLive(queue?: string): { samples: Sample[]; connected: boolean } {
    const kept = useRef<Sample[]>([]);
    const [shown, show] = useState<{ samples: Sample[]; connected: boolean }>(
        { samples: [], connected: false });
    useEffect(() => {
        kept.current = [];
        const path = queue === undefined ? '' : `?queue=${encodeURIComponent(queue)}`;
        const source = new EventSource(`/api/v1/events${path}`);
        source.onmessage = (event) => {
            kept.current = [...kept.current.slice(1 - SAMPLES), JSON.parse(event.data) as Sample];
            show({ samples: kept.current, connected: true });
        };
        source.onerror = () => show({ samples: kept.current, connected: false });
        return () => source.close();
    }, [queue]);
    return shown;
}

/** Per second, between each sample and the one before; none for the first. */
export function rates(samples: Sample[], counter: (sample: Sample) => number | undefined):
    (number | null)[] {
    return samples.map((sample, i) => {
        const before = samples[i - 1];
        const now = counter(sample);
        const then = before && counter(before);
        if (before === undefined || now === undefined || then === undefined) return null;
        const seconds = (sample.at_ms - before.at_ms) / 1000;
        return seconds > 0 ? Math.max(0, (now - then) / seconds) : null;
    });
}

/** What `load` brings, again every few seconds and whenever `reload` is called; not before it has
 * brought what it was asked for last. */
export function useLoaded<T>(load: () => Promise<T>, about: unknown[], every_ms = 5000):
    { value?: T; problem?: string; reload: () => void } {
    const [state, set] = useState<{ value?: T; problem?: string }>({});
    const [turn, setTurn] = useState(0);
    useEffect(() => {
        let wanted = true;
        let under_way = false;
        const again = async () => {
            if (under_way) return;
            under_way = true;
            try {
                const value = await load();
                if (wanted) set({ value });
            } catch (error) {
                const problem = (error as Error).message;
                if (wanted) set((old) => ({ value: old.value, problem }));
            } finally {
                under_way = false;
            }
        };
        void again();
        const timer = setInterval(again, every_ms);
        return () => {
            wanted = false;
            clearInterval(timer);
        };
    }, [...about, turn]);
    return { ...state, reload: () => setTurn((old) => old + 1) };
}
