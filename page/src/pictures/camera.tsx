// Camera: what it shows at the moment, and a button that takes a picture; where the browser permits none, the reason.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../shell/icon";
import { Notice } from "../shell/notices";

interface Props {
  onTake: (picture: Blob) => void;
  onClose: () => void;
}

export function Camera({ onTake, onClose }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<string>();
  const [isReady, setIsReady] = useState(false);
  useEffect(() => {
    let isClosed = false;
    let stream: MediaStream | undefined;
    const stop = (): void => stream?.getTracks().forEach((track) => track.stop());
    openCamera().then(
      (opened) => {
        stream = opened;
        if (isClosed || !video.current) return stop();
        video.current.srcObject = opened;
        return video.current.play().catch(() => undefined); // closed before it began
      },
      (error: unknown) => setProblem(describeRefusal(error)),
    );
    return () => {
      isClosed = true;
      stop();
    };
  }, []);
  const take = (): void => {
    const shown = video.current;
    if (!shown?.videoWidth) return;
    const canvas = document.createElement("canvas");
    canvas.width = shown.videoWidth;
    canvas.height = shown.videoHeight;
    canvas.getContext("2d")?.drawImage(shown, 0, 0);
    canvas.toBlob((picture) => picture && onTake(picture), "image/jpeg", 0.95);
  };
  return (
    <div class="camera">
      {problem ? (
        <Notice kind="caution">
          <p role="alert">{problem}</p>
        </Notice>
      ) : (
        <video ref={video} muted playsInline aria-label="What the camera shows" onPlaying={() => setIsReady(true)} />
      )}
      <div class="buttons">
        {!problem && (
          <button type="button" class="main small" disabled={!isReady} onClick={take}>
            Take the picture
          </button>
        )}
        <button type="button" class="small" onClick={onClose}>
          <Icon name="cross" /> Close the camera
        </button>
      </div>
    </div>
  );
}

/** The camera that looks away from a person, if there are two. */
function openCamera(): Promise<MediaStream> {
  // browsers leave `mediaDevices` out where an address is neither HTTPS nor this machine's own
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices?.getUserMedia) return Promise.reject(new DOMException("", "SecurityError"));
  return devices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 1280 } } });
}

const INSECURE =
  "Browsers open the camera only for pages over HTTPS, or of your own machine (localhost). Open this page there, or choose a file: a phone offers its camera.";
const REASONS: Record<string, string> = {
  SecurityError: INSECURE,
  NotAllowedError: "The browser does not let this page use the camera. Allow it in the address bar or in the settings of this page, and open it again.",
  NotFoundError: "There is no camera. Connect one, or choose a file.",
  NotReadableError: "The camera is in use by another program. Close that, and open it again.",
};

function describeRefusal(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  return REASONS[name] ?? `The camera cannot be opened${name ? ` (${name})` : ""}. Choose a file.`;
}
